//! `aurelius` commands as processes of their own: started by name, signalled, started again, and never left
//! behind.
//!
//! Invariant: a process ends with its handle, and with the test process however that ends (the kernel is
//! asked for it). All output goes through a pipe into one log file per name, so that a process whose files
//! may not grow can still speak.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{sync_channel, SyncSender};
use std::sync::OnceLock;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// How often a log is looked at for a line.
const LOOK: Duration = Duration::from_millis(20);

/// What to run.
#[derive(Clone, Debug)]
pub struct Order {
    /// The program.
    pub binary: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// All of its environment.
    pub environment: Vec<(String, String)>,
    /// Where its output is appended.
    pub log: PathBuf,
}

/// A running command. Killed when dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
    /// Where this run begins in the log.
    begun_at: u64,
    readers: Vec<JoinHandle<()>>,
    ended: Option<ExitStatus>,
}

impl Process {
    /// Starts it.
    ///
    /// # Panics
    /// When the program cannot be run.
    pub fn start(name: &str, order: &Order) -> Process {
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&order.log)
            .expect("the log can be written");
        writeln!(file, "---- {name} starts").expect("the log can be written");
        let begun_at = file.metadata().expect("it was opened").len();
        // The parent's death kills the child; a file that may not grow is an error to the child, not its end.
        let mut command = Command::new("setpriv");
        command
            .args([
                "--pdeathsig",
                "KILL",
                "sh",
                "-c",
                "trap '' XFSZ; exec \"$0\" \"$@\"",
            ])
            .arg(&order.binary)
            .args(&order.arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(order.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = spawn(command);
        let streams: [Option<Box<dyn Read + Send>>; 2] = [
            child
                .stdout
                .take()
                .map(|stream| Box::new(stream) as Box<dyn Read + Send>),
            child
                .stderr
                .take()
                .map(|stream| Box::new(stream) as Box<dyn Read + Send>),
        ];
        let readers = streams
            .into_iter()
            .flatten()
            .map(|stream| {
                let file = file.try_clone().expect("a handle is left");
                std::thread::spawn(move || copy_lines(stream, file))
            })
            .collect();
        Process {
            name: name.to_owned(),
            child,
            log: order.log.clone(),
            begun_at,
            readers,
            ended: None,
        }
    }

    /// As it was called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Of the system.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line of this run that contains `part`, and answers it.
    ///
    /// # Panics
    /// When none comes in time, or the process ends without it; the message has the end of the log.
    pub fn line_with(&mut self, part: &str, patience: Duration) -> String {
        let deadline = Instant::now() + patience;
        loop {
            let ended = !self.is_running();
            if let Some(line) = self.find(part) {
                return line;
            }
            assert!(
                !ended && Instant::now() < deadline,
                "{} {} without a line with `{part}`; its log ends with\n{}",
                self.name,
                if ended { "ended" } else { "goes on" },
                self.tail(40)
            );
            std::thread::sleep(LOOK);
        }
    }

    /// The first line of this run that contains `part`.
    pub fn find(&self, part: &str) -> Option<String> {
        self.text()
            .lines()
            .find(|line| line.contains(part))
            .map(str::to_owned)
    }

    /// What this run has said.
    pub fn text(&self) -> String {
        let mut text = Vec::new();
        if let Ok(mut file) = File::open(&self.log) {
            let _ = file.seek(SeekFrom::Start(self.begun_at));
            let _ = file.read_to_end(&mut text);
        }
        String::from_utf8_lossy(&text).into_owned()
    }

    /// The last lines of the log.
    pub fn tail(&self, lines: usize) -> String {
        tail(&self.log, lines)
    }

    /// Whether it runs (or is frozen).
    pub fn is_running(&mut self) -> bool {
        self.poll().is_none()
    }

    /// `kill -9`; answers when it is gone and all it said is in the log.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        self.reap();
    }

    /// Freezes it.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    /// Asks it to end.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Waits for the end.
    ///
    /// # Panics
    /// When it goes on for longer; the message has the end of the log.
    pub fn finish(&mut self, patience: Duration) -> ExitStatus {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(status) = self.poll() {
                self.reap();
                return status;
            }
            assert!(
                Instant::now() < deadline,
                "{} does not end within {patience:?}; its log ends with\n{}",
                self.name,
                self.tail(40)
            );
            std::thread::sleep(LOOK);
        }
    }

    /// From now on its files may not grow beyond `bytes`, as on a full disk; `None` lifts it.
    pub fn limit_files(&self, bytes: Option<u64>) {
        let soft = bytes.map_or_else(|| "unlimited".to_owned(), |bytes| bytes.to_string());
        run(
            "prlimit",
            &[
                "--pid",
                &self.pid().to_string(),
                &format!("--fsize={soft}:unlimited"),
            ],
        );
    }

    /// Resident memory, bytes; none when it is gone.
    pub fn resident_bytes(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kib * 1024)
    }

    /// Processor time it has had, hundredths of a second; none when it is gone.
    pub fn cpu_ticks(&self) -> Option<u64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid())).ok()?;
        // After the name, which may have anything in it: state is the third field, user time the 14th, system
        // time next.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
        let mut next = || fields.next()?.parse::<u64>().ok();
        Some(next()? + next()?)
    }

    fn signal(&self, signal: &str) {
        run("kill", &[&format!("-{signal}"), &self.pid().to_string()]);
    }

    fn poll(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().expect("it is our child");
        }
        self.ended
    }

    fn reap(&mut self) {
        if self.ended.is_none() {
            self.ended = self.child.wait().ok();
        }
        for reader in self.readers.drain(..) {
            let _ = reader.join();
        }
        if let (Some(status), Ok(mut file)) = (self.ended, OpenOptions::new().append(true).open(&self.log)) {
            let how = match (status.code(), status.signal()) {
                (Some(code), _) => format!("with status {code}"),
                (None, signal) => format!("by signal {}", signal.unwrap_or_default()),
            };
            let _ = writeln!(file, "---- {} ended {how}", self.name);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.ended.is_none() {
            self.kill();
        }
    }
}

/// The last lines of a file.
pub(crate) fn tail(path: &Path, lines: usize) -> String {
    let bytes = std::fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

/// Runs a small command to its end; what it says is not of interest, that it works is.
fn run(program: &str, arguments: &[&str]) {
    let out = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the program is installed");
    assert!(
        out.status.success(),
        "{program} {arguments:?}: {}",
        String::from_utf8_lossy(&out.stderr)
    );
}

fn copy_lines(stream: Box<dyn Read + Send>, mut file: File) {
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    // One write per line: two streams share the file.
    while let Ok(1..) = stream.read_until(b'\n', &mut line) {
        if file.write_all(&line).is_err() {
            return;
        }
        line.clear();
    }
}

/// A command, and where the child is expected.
type Wish = (Command, SyncSender<std::io::Result<Child>>);

/// Starts a child from a thread that lives as long as this process: the kernel kills the children of a thread
/// that ends.
fn spawn(command: Command) -> Child {
    static SPAWNER: OnceLock<Mutex<SyncSender<Wish>>> = OnceLock::new();
    let spawner = SPAWNER.get_or_init(|| {
        let (sender, wishes) = sync_channel::<Wish>(16);
        std::thread::spawn(move || {
            for (mut command, answer) in wishes {
                let _ = answer.send(command.spawn());
            }
        });
        Mutex::new(sender)
    });
    let (answer, child) = sync_channel(1);
    spawner.lock().send((command, answer)).expect("the thread lives");
    child
        .recv()
        .expect("the thread answers")
        .expect("setpriv of util-linux runs the program")
}
