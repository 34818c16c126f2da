//! A Redis Cluster of the test's own: three masters on free ports of this machine, each with a third of the
//! slots, and where a test wants them a replica of each.
//!
//! Invariant: the servers end with their [`Cluster`], and with the process however that ends, because the
//! shell that runs them reads a pipe that only this process holds. Absent: passwords, TLS, and any way to do
//! without; a test that needs the cluster fails when there is none.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a fixture that cannot be made is the test's failure"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock};

const SCRIPT: &str = include_str!("cluster.sh");
/// Another program may take a free port before a server does.
const STARTS_MAX: u32 = 5;
/// Masters.
const NODES: usize = 3;

/// The addresses of the cluster that all tests of this process share, as `redis://HOST:PORT`. Its contents
/// are shared too: name matches so that tests do not meet.
///
/// # Panics
/// When Redis is not installed, saying what to install, and when it does not start.
pub fn shared() -> Vec<String> {
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    SHARED.get_or_init(Cluster::start).urls()
}

/// A running cluster. Dropping it stops the servers and removes their files.
#[derive(Debug)]
pub struct Cluster {
    /// Of the masters, then of their replicas.
    ports: Vec<u16>,
    guardian: Mutex<Guardian>,
}

/// The shell that runs the servers, until the pipe to it is closed.
#[derive(Debug)]
struct Guardian {
    shell: Child,
    lifeline: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Cluster {
    /// Starts three masters on free ports of this machine and makes them a cluster.
    ///
    /// # Panics
    /// As [`shared`].
    pub fn start() -> Cluster {
        Self::start_nodes(NODES)
    }

    /// Starts three masters and a replica of each: nodes 3 to 5 follow 0 to 2, and one takes over a few
    /// seconds after its master ended.
    ///
    /// # Panics
    /// As [`shared`].
    pub fn start_with_replicas() -> Cluster {
        Self::start_nodes(2 * NODES)
    }

    fn start_nodes(count: usize) -> Cluster {
        assert!(
            Command::new("redis-server")
                .arg("--version")
                .stdout(Stdio::null())
                .status()
                .is_ok(),
            "Redis is not installed (redis-server is not on PATH): run `tools/setup redis`, or install Debian's package \
             redis-server"
        );
        let mut complaints = String::new();
        for _ in 0..STARTS_MAX {
            // A client port and a port of the cluster's own for each.
            let ports = free_ports(2 * count);
            match Guardian::start(&ports) {
                Ok(guardian) => {
                    return Cluster {
                        ports: ports.into_iter().step_by(2).collect(),
                        guardian: Mutex::new(guardian),
                    }
                }
                Err(complaint) => complaints.push_str(&complaint),
            }
        }
        panic!("the Redis Cluster does not start:\n{complaints}");
    }

    /// The addresses of the nodes, as `redis://HOST:PORT`.
    pub fn urls(&self) -> Vec<String> {
        let url = |port: &u16| format!("redis://127.0.0.1:{port}");
        self.ports.iter().map(url).collect()
    }

    /// The ports of the first three nodes on 127.0.0.1.
    pub fn ports(&self) -> [u16; NODES] {
        [self.ports[0], self.ports[1], self.ports[2]]
    }

    /// Ends a node (0 to 2, 5 with replicas) as a power cut would; what it held is gone.
    ///
    /// # Panics
    /// When its shell is gone.
    pub fn stop(&self, node: usize) {
        self.order("stop", node);
    }

    /// Starts a node that was ended, on its port, and waits until the cluster serves all slots again.
    ///
    /// # Panics
    /// When it does not.
    pub fn start_again(&self, node: usize) {
        self.order("start", node);
    }

    /// Freezes a node: its connections stay open, and nothing is answered.
    ///
    /// # Panics
    /// When its shell is gone.
    pub fn pause(&self, node: usize) {
        self.order("pause", node);
    }

    /// Lets a frozen node go on.
    ///
    /// # Panics
    /// When its shell is gone.
    pub fn resume(&self, node: usize) {
        self.order("resume", node);
    }

    /// What the cluster answers to a command, whichever node has the key.
    ///
    /// # Panics
    /// When it refuses.
    pub fn ask(&self, command: &[&str]) -> String {
        let out = Command::new("redis-cli")
            .args(["-c", "-h", "127.0.0.1", "-p", &self.ports[0].to_string()])
            .args(command)
            .output()
            .expect("redis-cli runs");
        assert!(
            out.status.success(),
            "{command:?}: {}",
            String::from_utf8_lossy(&out.stderr)
        );
        String::from_utf8_lossy(&out.stdout).trim_end().to_owned()
    }

    fn order(&self, order: &str, node: usize) {
        assert!(node < self.ports.len(), "there is no node {node}");
        let mut guardian = self.guardian.lock().expect("no panic above");
        guardian.order(&format!("{order} {}", node + 1));
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // A test that failed inside an order leaves the lock poisoned; the servers end all the same.
        let guardian = match self.guardian.get_mut() {
            Ok(guardian) => guardian,
            Err(poisoned) => poisoned.into_inner(),
        };
        guardian.lifeline = None;
        let _ = guardian.shell.wait();
    }
}

impl Guardian {
    /// The guardian of a cluster that serves all slots, or what the servers complained about.
    fn start(ports: &[u16]) -> Result<Guardian, String> {
        let mut command = Command::new("sh");
        command
            .args(["-c", SCRIPT, "cluster"])
            .args(ports.iter().map(u16::to_string))
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Ctrl-C ends the test, and the end of the test the servers: in that order.
            .process_group(0);
        let mut shell = command.spawn().expect("a shell runs");
        let lifeline = shell.stdin.take();
        let mut answers = BufReader::new(shell.stdout.take().expect("piped above"));
        let mut answer = answer_of(&mut answers);
        if answer == "ready" {
            return Ok(Guardian {
                shell,
                lifeline,
                answers,
            });
        }
        drop(lifeline);
        let _ = answers.read_to_string(&mut answer);
        let _ = shell.wait();
        Err(answer)
    }

    /// Gives an order and waits until it is done.
    fn order(&mut self, order: &str) {
        let lifeline = self.lifeline.as_mut().expect("held until the drop");
        writeln!(lifeline, "{order}").expect("the shell reads");
        let answer = answer_of(&mut self.answers);
        assert!(answer == "ready", "the Redis Cluster does not {order}: {answer}");
    }
}

fn answer_of(answers: &mut impl BufRead) -> String {
    let mut line = String::new();
    answers.read_line(&mut line).expect("the shell writes text");
    line.trim().to_owned()
}

/// All different: they are held together until the last is found.
fn free_ports(count: usize) -> Vec<u16> {
    let bind = |_| TcpListener::bind(("127.0.0.1", 0)).expect("this machine has a loopback address");
    let held: Vec<TcpListener> = (0..count).map(bind).collect();
    held.iter()
        .map(|listener| listener.local_addr().expect("it is bound").port())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn is_free(port: u16) -> bool {
        TcpListener::bind(("127.0.0.1", port)).is_ok()
    }

    #[test]
    fn a_cluster_ends_with_its_handle_and_leaves_nothing() {
        let cluster = Cluster::start();
        let folder = cluster.ask(&["CONFIG", "GET", "dir"]);
        let folder = Path::new(folder.lines().last().expect("a line"))
            .parent()
            .expect("a parent")
            .to_owned();
        assert!(folder.exists());
        // Three masters: each of these keys is another's.
        for key in ["a", "b", "c"] {
            assert_eq!(cluster.ask(&["SET", key, "1"]), "OK");
        }
        cluster.stop(2);
        assert!(is_free(cluster.ports()[2]));
        cluster.start_again(2);
        assert_eq!(cluster.ask(&["SET", "a", "2"]), "OK");
        let ports = cluster.ports();
        drop(cluster);
        assert!(!folder.exists(), "{} is left", folder.display());
        assert!(ports.into_iter().all(is_free), "a server runs on");
    }

    #[test]
    fn a_cluster_ends_with_a_test_that_panics() {
        let ports = std::thread::spawn(|| {
            let cluster = Cluster::start();
            std::panic::panic_any(cluster.ports());
        })
        .join()
        .expect_err("it panics");
        let ports = ports.downcast::<[u16; NODES]>().expect("the ports");
        assert!(ports.into_iter().all(is_free), "a server runs on");
    }
}
