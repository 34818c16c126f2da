//! Which process a connection on this machine comes from, as the kernel knows it.

use std::net::SocketAddr;

use super::Names;

/// The name of the process that connected from `peer` to `here`, if it is one of `names`.
pub(super) fn of(peer: SocketAddr, here: SocketAddr, names: &Names) -> Option<String> {
    let inode = inode(peer.port(), here.port())?;
    let wanted = format!("socket:[{inode}]");
    let names = names.read().ok()?.clone();
    names.into_iter().find_map(|(pid, name)| {
        let files = std::fs::read_dir(format!("/proc/{pid}/fd")).ok()?;
        files
            .flatten()
            .filter_map(|file| std::fs::read_link(file.path()).ok())
            .any(|link| link.as_os_str() == wanted.as_str())
            .then_some(name)
    })
}

/// The socket with these ports, in the kernel's table: `sl local remote st tx:rx tr:when retrnsmt uid timeout
/// inode`.
fn inode(local: u16, remote: u16) -> Option<u64> {
    let table = std::fs::read_to_string("/proc/net/tcp").ok()?;
    let port = |word: &str| u16::from_str_radix(word.rsplit(':').next()?, 16).ok();
    table.lines().skip(1).find_map(|line| {
        let mut words = line.split_whitespace().skip(1);
        let (mine, other) = (words.next()?, words.next()?);
        if (port(mine)?, port(other)?) != (local, remote) {
            return None;
        }
        words.nth(6)?.parse().ok()
    })
}
