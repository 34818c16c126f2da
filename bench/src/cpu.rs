//! How much processor time a thread had, and how long it waited for a processor: the second says how noisy the machine
//! was. Linux only; elsewhere nothing is known.

use std::time::Duration;

/// What the kernel knows about one thread since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ThreadTimes {
    /// On a processor.
    pub ran: Duration,
    /// Ready to run, while something else had the processor.
    pub waited: Duration,
}

impl ThreadTimes {
    /// What came since `earlier`.
    pub fn since(&self, earlier: &ThreadTimes) -> ThreadTimes {
        ThreadTimes {
            ran: self.ran.saturating_sub(earlier.ran),
            waited: self.waited.saturating_sub(earlier.waited),
        }
    }
}

/// The calling thread; `None` if the kernel does not tell. The kernel keeps these numbers to some milliseconds.
pub fn this_thread() -> Option<ThreadTimes> {
    parse(&std::fs::read_to_string("/proc/thread-self/schedstat").ok()?)
}

/// The thread of this process with this name; `None` if there is none or the kernel does not tell.
pub fn thread_named(name: &str) -> Option<ThreadTimes> {
    let tasks = std::fs::read_dir("/proc/self/task").ok()?;
    let task = tasks
        .flatten()
        .map(|task| task.path())
        .find(|path| std::fs::read_to_string(path.join("comm")).is_ok_and(|comm| comm.trim_end() == name))?;
    parse(&std::fs::read_to_string(task.join("schedstat")).ok()?)
}

/// `ran waited slices`, the first two in nanoseconds.
fn parse(text: &str) -> Option<ThreadTimes> {
    let mut numbers = text.split_whitespace().map(str::parse::<u64>);
    let mut next = || numbers.next()?.ok().map(Duration::from_nanos);
    Some(ThreadTimes {
        ran: next()?,
        waited: next()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_line_is_read() {
        let expected = ThreadTimes {
            ran: Duration::from_nanos(12),
            waited: Duration::from_nanos(34),
        };
        assert_eq!(parse("12 34 5\n"), Some(expected));
        assert_eq!(parse("12"), None);
        assert_eq!(parse("a b c"), None);
    }
}
