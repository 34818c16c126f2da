//! Where a node sends a call on to: what MOVED and ASK say.

/// `SLOT HOST:PORT`. The host may be empty or `?`, see [`crate::topology`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Redirection<'a> {
    pub(crate) slot: u16,
    pub(crate) host: &'a str,
    pub(crate) port: u16,
}

impl<'a> Redirection<'a> {
    /// None if it is not one.
    pub(crate) fn parse(details: &'a str) -> Option<Self> {
        let (slot, address) = details.split_once(' ')?;
        let (host, port) = address.trim().rsplit_once(':')?;
        Some(Self {
            slot: slot.parse().ok()?,
            host,
            port: port.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirections_are_read_or_refused() {
        let read =
            |text| Redirection::parse(text).map(|to: Redirection| (to.slot, to.host.to_owned(), to.port));
        assert_eq!(read("3999 10.0.0.1:6381"), Some((3999, "10.0.0.1".into(), 6381)));
        assert_eq!(read("0 2001:db8::7:7000"), Some((0, "2001:db8::7".into(), 7000)));
        assert_eq!(read("3999 :6381"), Some((3999, String::new(), 6381)));
        assert_eq!(read("3999 ?:6381"), Some((3999, "?".into(), 6381)));
        for wrong in ["", "3999", "3999 host", "x host:1", "70000 host:1", "1 host:port"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
