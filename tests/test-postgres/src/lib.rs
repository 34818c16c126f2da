//! A PostgreSQL of the test's own: a temporary cluster on a free port, started when the first test of a process asks
//! for it.
//!
//! Invariant: the server ends with its [`Cluster`], and with the process however that ends, because the shell that runs
//! it reads a pipe that only this process holds. PostgreSQL refuses to run as root: root's tests run it as the user
//! `postgres` of Debian's package. Absent: any way to do without; a test that needs a database fails when there is none.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a fixture that cannot be made is the test's failure"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

/// Where Debian keeps the server's programs.
const BIN: &str = "/usr/lib/postgresql/15/bin";
const SCRIPT: &str = include_str!("server.sh");
/// Another program may take the free port before the server does.
const STARTS_MAX: u32 = 5;

/// The role that owns every database here.
pub const USER: &str = "aurelius";
/// Its password, with characters that a URL must escape.
pub const PASSWORD: &str = "test only: p@ss/word";
const PASSWORD_IN_URL: &str = "test%20only%3A%20p%40ss%2Fword";

/// The address of a new, empty database in the server that all tests of this process share.
///
/// # Panics
/// When there is no PostgreSQL 15, saying what to install, and when it does not start.
pub fn database() -> String {
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    SHARED.get_or_init(Cluster::start).database()
}

/// A running server. Dropping it stops the server and removes its files.
#[derive(Debug)]
pub struct Cluster {
    port: u16,
    databases: AtomicU32,
    guardian: Mutex<Guardian>,
}

/// The shell that runs the server, until the pipe to it is closed.
#[derive(Debug)]
struct Guardian {
    shell: Child,
    lifeline: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Cluster {
    /// Starts a server on a free port of this machine.
    ///
    /// # Panics
    /// As [`database`].
    pub fn start() -> Cluster {
        assert!(
            Path::new(BIN).join("initdb").exists(),
            "PostgreSQL 15 is not installed ({BIN}/initdb is missing): run `tools/setup postgres`, or install Debian's \
             package postgresql-15"
        );
        let mut complaints = String::new();
        for _ in 0..STARTS_MAX {
            let port = free_port();
            match Guardian::start(port) {
                Ok(guardian) => {
                    return Cluster {
                        port,
                        databases: AtomicU32::new(0),
                        guardian: Mutex::new(guardian),
                    }
                }
                Err(complaint) => complaints.push_str(&complaint),
            }
        }
        panic!("PostgreSQL does not start:\n{complaints}");
    }

    /// The address of a new, empty database.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        self.url(&name)
    }

    /// The address of the database of this name, whether it exists or not.
    pub fn url(&self, name: &str) -> String {
        format!(
            "postgres://{USER}:{PASSWORD_IN_URL}@127.0.0.1:{}/{name}",
            self.port
        )
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Stops the server as a power cut would: at once, with every connection.
    ///
    /// # Panics
    /// When its shell is gone.
    pub fn stop(&self) {
        self.guardian.lock().expect("no panic above").order("stop");
    }

    /// Starts the server that was stopped, on its port and with its databases.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_again(&self) {
        self.guardian.lock().expect("no panic above").order("start");
    }

    /// What the statement gives in a database, in psql's bare form.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn sql(&self, database: &str, statement: &str) -> String {
        let out = Command::new(Path::new(BIN).join("psql"))
            .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
            .args(["--set", "ON_ERROR_STOP=1", "--command", statement])
            .args(["--host", "127.0.0.1", "--port", &self.port.to_string()])
            .args(["--username", USER, "--dbname", database])
            .env("PGPASSWORD", PASSWORD)
            .output()
            .expect("psql runs");
        assert!(
            out.status.success(),
            "{statement}: {}",
            String::from_utf8_lossy(&out.stderr)
        );
        String::from_utf8_lossy(&out.stdout).trim_end().to_owned()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Ok(guardian) = self.guardian.get_mut() {
            guardian.lifeline = None;
            let _ = guardian.shell.wait();
        }
    }
}

impl Guardian {
    /// The guardian of a server that answers, or what the server complained about.
    fn start(port: u16) -> Result<Guardian, String> {
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "sh"]);
            // Root's temporary folder may be closed to others.
            command.env_remove("TMPDIR");
            command
        } else {
            Command::new("sh")
        };
        command
            .args(["-c", SCRIPT, "cluster", BIN, &port.to_string()])
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C ends the test, and the end of the test the server: in that order.
            .process_group(0);
        let mut shell = command.spawn().expect("a shell runs");
        let mut lifeline = shell.stdin.take().expect("piped above");
        let (stdout, stderr) = (shell.stdout.take(), shell.stderr.take());
        let mut answers = BufReader::new(stdout.expect("piped above"));
        writeln!(lifeline, "{PASSWORD}").expect("the shell reads");
        if is_ready(&mut answers) {
            return Ok(Guardian {
                shell,
                lifeline: Some(lifeline),
                answers,
            });
        }
        drop(lifeline);
        let mut complaint = String::new();
        let _ = stderr.expect("piped above").read_to_string(&mut complaint);
        let _ = shell.wait();
        Err(complaint)
    }

    /// Gives an order and waits until it is done.
    fn order(&mut self, order: &str) {
        let lifeline = self.lifeline.as_mut().expect("held until the drop");
        writeln!(lifeline, "{order}").expect("the shell reads");
        assert!(is_ready(&mut self.answers), "PostgreSQL does not {order}");
    }
}

fn is_ready(answers: &mut impl BufRead) -> bool {
    let mut line = String::new();
    answers.read_line(&mut line).expect("the shell writes text");
    line.trim() == "ready"
}

fn is_root() -> bool {
    let out = Command::new("id").arg("-u").output().expect("id runs");
    out.stdout.trim_ascii() == b"0"
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("this machine has a loopback address");
    listener.local_addr().expect("it is bound").port()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_ends_with_its_handle_and_leaves_nothing() {
        let cluster = Cluster::start();
        let folder = cluster.sql("postgres", "SHOW data_directory");
        assert!(Path::new(&folder).parent().expect("a parent").exists());
        assert!(cluster.database() != cluster.database());
        let port = cluster.port();
        drop(cluster);
        assert!(!Path::new(&folder).exists(), "{folder} is left");
        assert!(
            TcpListener::bind(("127.0.0.1", port)).is_ok(),
            "the server runs on"
        );
    }
}
