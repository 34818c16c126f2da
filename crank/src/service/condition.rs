//! Whether this crank can run what it would begin: a disk that takes logs, and descriptors to open them with.
//!
//! Looked at every few seconds by writing a little. While something is missing nothing new is opened and
//! nothing is started; what is live goes on. Each cause is said once when it comes, and once when it is gone.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::job::Job;
use crate::descriptors;

/// Time between two looks.
const INTERVAL_MS: i64 = 5_000;
/// What is written to see whether there is room: as much as some seconds of a full match's log.
const PROBE_BYTES: usize = 256 << 10;

/// What stands in the way, for people; nothing where all is well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Troubles {
    pub(crate) disk: Option<String>,
    pub(crate) descriptors: Option<String>,
}

impl Troubles {
    /// Each of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &String> {
        self.disk.iter().chain(&self.descriptors)
    }
}

/// How the machine was when it was looked at last.
#[derive(Debug, Default)]
pub(crate) struct Condition {
    pub(crate) troubles: Troubles,
    /// `None` while somebody looks.
    next_look_ms: Option<i64>,
    looked: bool,
}

/// What a look found.
pub(crate) struct Report(Option<Troubles>);

impl Condition {
    /// Whether matches may be opened and started.
    pub(crate) fn is_able(&self) -> bool {
        self.troubles == Troubles::default()
    }
}

/// Looks at the machine by way of the folder of input logs, if it is time to.
pub(crate) fn need(condition: &mut Condition, logs: &Path, now_ms: i64) -> Option<Job<Report>> {
    let due = match condition.next_look_ms {
        Some(at) => now_ms >= at,
        None => !condition.looked,
    };
    if !due {
        return None;
    }
    condition.looked = true;
    condition.next_look_ms = None;
    let folder = logs.to_owned();
    let look = async move { Report(tokio::task::spawn_blocking(move || look(&folder)).await.ok()) };
    Some(Job::new("condition", look, |_| Report(None)))
}

/// Takes what a look found.
pub(crate) fn report(condition: &mut Condition, now_ms: i64, Report(found): Report) {
    condition.next_look_ms = Some(now_ms + INTERVAL_MS);
    let Some(found) = found else {
        return;
    };
    say("disk", condition.troubles.disk.as_ref(), found.disk.as_ref());
    let (before, after) = (&condition.troubles.descriptors, &found.descriptors);
    say("descriptors", before.as_ref(), after.as_ref());
    condition.troubles = found;
}

/// Says a cause when it comes and when it goes, and nothing in between.
fn say(what: &'static str, before: Option<&String>, after: Option<&String>) {
    metrics::gauge!("aurelius_condition_failing", "what" => what).set(f64::from(u8::from(after.is_some())));
    match (before, after) {
        (None, Some(trouble)) => tracing::error!(
            what,
            "{trouble}; no match is opened or started until then, and what is live goes on"
        ),
        (Some(_), None) => tracing::info!(what, "the trouble is over; matches are opened again"),
        _ => {}
    }
}

fn look(folder: &Path) -> Troubles {
    let disk = probe(folder).err();
    Troubles {
        disk: disk.map(|error| match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                format!("the disk of {} is full: make room on it", folder.display())
            }
            _ => format!("{} cannot be written ({error}): mend that", folder.display()),
        }),
        descriptors: (!descriptors::refill()).then(|| {
            "the process has no file descriptors left: raise its limit (ulimit -n), or close sockets"
                .to_owned()
        }),
    }
}

/// Writes a little, all the way to the disk, and takes it away.
fn probe(folder: &Path) -> std::io::Result<()> {
    let path: PathBuf = folder.join("room.probe");
    let written = descriptors::with_reserve(|| std::fs::File::create(&path)).and_then(|mut file| {
        file.write_all(&vec![0; PROBE_BYTES])?;
        file.sync_data()
    });
    let removed = std::fs::remove_file(&path);
    written.and(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_52_a_disk_without_room_is_named_and_a_sound_one_is_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(look(folder.path()), Troubles::default());
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            0,
            "nothing stays behind"
        );
        // Every write to it fails with ENOSPC.
        std::os::unix::fs::symlink("/dev/full", folder.path().join("room.probe")).unwrap();
        let trouble = look(folder.path()).disk.unwrap();
        assert!(
            trouble.contains("is full") && trouble.contains("make room"),
            "{trouble}"
        );
        assert_eq!(look(folder.path()), Troubles::default(), "there is room again");
        let gone = look(&folder.path().join("nowhere")).disk.unwrap();
        assert!(
            gone.contains("cannot be written") && gone.contains("nowhere"),
            "{gone}"
        );
    }

    #[test]
    fn report_52_while_something_is_missing_nothing_is_begun() {
        let mut condition = Condition::default();
        assert!(condition.is_able());
        let full = Troubles {
            disk: Some("the disk is full".into()),
            ..Troubles::default()
        };
        report(&mut condition, 0, Report(Some(full.clone())));
        assert!(!condition.is_able());
        report(&mut condition, 0, Report(None));
        assert!(!condition.is_able(), "a look that failed says nothing new");
        assert_eq!(condition.troubles.all().collect::<Vec<_>>(), ["the disk is full"]);
        report(&mut condition, 0, Report(Some(Troubles::default())));
        assert!(condition.is_able());
    }
}
