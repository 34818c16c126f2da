//! A wall clock of one process that can be set, forwards and backwards, while it runs.
//!
//! A small library is compiled with the system's C compiler (which linking Rust needs anyway) and preloaded;
//! it reads the offset from a file. The monotonic clock stays, as it does when a machine's clock is set.

use std::path::{Path, PathBuf};
use std::process::Command;

const SOURCE: &str = include_str!("clock.c");

/// The clock of one process.
#[derive(Clone, Debug)]
pub struct Clock {
    library: PathBuf,
    offset: PathBuf,
}

impl Clock {
    /// A clock that is right so far, with its files in `folder` under `name`.
    ///
    /// # Panics
    /// When there is no C compiler.
    pub fn new(folder: &Path, name: &str) -> Clock {
        let library = folder.join("clock.so");
        if !library.exists() {
            let source = folder.join("clock.c");
            std::fs::write(&source, SOURCE).expect("the folder can be written");
            let out = Command::new("cc")
                .args(["-shared", "-fPIC", "-O1", "-o"])
                .args([&library, &source])
                .output()
                .expect("a C compiler (cc) is installed: linking Rust needs one");
            assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        }
        let clock = Clock {
            library,
            offset: folder.join(format!("{name}.clock")),
        };
        if !clock.offset.exists() {
            clock.set(0);
        }
        clock
    }

    /// What the process must find in its environment.
    pub fn environment(&self) -> [(String, String); 2] {
        let text = |path: &Path| path.display().to_string();
        [
            ("LD_PRELOAD".to_owned(), text(&self.library)),
            ("FLEET_CLOCK".to_owned(), text(&self.offset)),
        ]
    }

    /// Sets it so many milliseconds off the machine's.
    pub fn set(&self, off_ms: i64) {
        use std::os::unix::fs::FileExt;
        // In place: the process has the file mapped.
        let file = std::fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&self.offset)
            .expect("the folder can be written");
        file.write_all_at(&(off_ms * 1_000_000).to_le_bytes(), 0)
            .expect("eight bytes can be written");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_believes_the_clock_it_is_given() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::new(folder.path(), "one");
        let seconds = || -> i64 {
            let out = Command::new("date")
                .arg("+%s")
                .envs(clock.environment())
                .output()
                .unwrap();
            String::from_utf8_lossy(&out.stdout).trim().parse().unwrap()
        };
        let before = seconds();
        clock.set(7_200_000);
        let later = seconds() - before;
        assert!((7_200..7_230).contains(&later), "{later}");
        clock.set(-7_200_000);
        let earlier = seconds() - before;
        assert!((-7_200..-7_170).contains(&earlier), "{earlier}");
    }
}
