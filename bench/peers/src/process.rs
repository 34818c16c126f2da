//! Processes that are held to one core, and what the kernel knows about them.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

/// Bytes of a page of memory.
const PAGE: u64 = 4096;

/// A process that is told what to do on standard input, and answers in lines.
pub(crate) struct Process {
    child: Child,
    said: BufReader<ChildStdout>,
}

impl Process {
    /// Starts it on this core and no other.
    pub(crate) fn start(core: &str, program: &[&str]) -> Self {
        let mut child = Command::new("taskset")
            .args(["-c", core])
            .args(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start taskset {program:?}: {error}"));
        let said = BufReader::new(child.stdout.take().unwrap());
        Self { child, said }
    }

    /// The next line, without its end; empty when the process ended.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    pub(crate) fn tell(&mut self, line: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Nothing more is told; what it says to that.
    pub(crate) fn close(&mut self) -> String {
        drop(self.child.stdin.take());
        self.line()
    }

    /// What all its threads had of processors so far.
    pub(crate) fn times(&self) -> Times {
        times(&self.child.id().to_string())
    }

    /// Memory that it has in use, in bytes.
    pub(crate) fn resident_bytes(&self) -> u64 {
        let text = std::fs::read_to_string(format!("/proc/{}/statm", self.child.id())).unwrap();
        text.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * PAGE
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Time of all threads of a process, in microseconds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Times {
    /// On a processor.
    pub(crate) ran_us: f64,
    /// Ready to run, while something else had the processor.
    pub(crate) waited_us: f64,
}

impl Times {
    /// What came since `earlier`.
    pub(crate) fn since(self, earlier: Times) -> Times {
        Times {
            ran_us: self.ran_us - earlier.ran_us,
            waited_us: self.waited_us - earlier.waited_us,
        }
    }
}

/// What all threads of a process had of processors so far, as the kernel's scheduler counts it.
pub(crate) fn times(process: &str) -> Times {
    let mut all = Times::default();
    for thread in std::fs::read_dir(format!("/proc/{process}/task"))
        .unwrap()
        .flatten()
    {
        // A thread that just ended has none.
        let text = std::fs::read_to_string(thread.path().join("schedstat")).unwrap_or_default();
        let mut numbers = text.split(' ').map_while(|number| number.parse::<f64>().ok());
        all.ran_us += numbers.next().unwrap_or(0.0) / 1000.0;
        all.waited_us += numbers.next().unwrap_or(0.0) / 1000.0;
    }
    all
}
