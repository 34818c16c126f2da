//! What a process of this command sets right about itself before anything else runs.
//!
//! Invariant: called once, while there is one thread.

use std::ffi::OsString;

/// What is reached directly, whatever a proxy is set for.
const DIRECT: &str = "localhost,127.0.0.0/8,::1";
/// Where the libraries look for hosts that go past the proxy; the first that is set counts for them.
const NO_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// Keeps this machine's own addresses out of the proxy that `HTTP_PROXY`, `HTTPS_PROXY` or `ALL_PROXY` name: a local
/// chain or relay is nothing that a proxy could reach.
pub fn keep_loopback_direct() {
    let set = NO_PROXY.into_iter().find_map(std::env::var_os);
    let direct = with_loopback(set);
    for name in NO_PROXY {
        std::env::set_var(name, &direct);
    }
}

/// What was set, and this machine's addresses.
fn with_loopback(set: Option<OsString>) -> OsString {
    match set {
        Some(set) if !set.is_empty() => {
            let mut all = set;
            all.push(",");
            all.push(DIRECT);
            all
        }
        _ => DIRECT.into(),
    }
}

/// Raises the number of files that may be open at once as far as the system lets this process: every socket and every
/// match's log is one, and many systems begin with 256 or 1,024. A system that does not let it leaves it as it is.
#[cfg(unix)]
pub fn raise_file_limit() {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the call writes one `rlimit` to where the pointer says, which is one.
    if unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) } != 0 || limit.rlim_cur >= limit.rlim_max {
        return;
    }
    limit.rlim_cur = limit.rlim_max;
    // SAFETY: the call reads one `rlimit`. Where it fails, the limit stays.
    unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) };
}

/// There is no such limit.
#[cfg(not(unix))]
pub fn raise_file_limit() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_direct_stays_so() {
        assert_eq!(with_loopback(None), DIRECT);
        assert_eq!(with_loopback(Some("".into())), DIRECT);
        let set = with_loopback(Some("rpc.example".into()));
        assert_eq!(set, "rpc.example,localhost,127.0.0.0/8,::1");
    }
}
