//! The names a relay goes by: a sign-in names the one that the client used.
//!
//! A client compares the domain of `Hello` with the address it connected to, so that another service cannot
//! pass on our challenges as its own. A relay therefore answers with the host that the client asked for, but
//! only if it goes by that name: a name that somebody else made up would be of no use to anybody but them.

use std::net::SocketAddr;
use std::sync::Arc;

/// The names of one relay, each a host, and a port where it is not the usual one.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    /// The first is for clients that name no host of ours.
    known: Vec<Arc<str>>,
    /// Nobody told us our names: addresses of this machine are ours too.
    by_address: bool,
}

impl Names {
    /// As configured; without that, this machine's own names with the port.
    pub(crate) fn new(configured: &[String], listens: SocketAddr) -> Self {
        if !configured.is_empty() {
            return Self {
                known: configured.iter().map(|name| name.as_str().into()).collect(),
                by_address: false,
            };
        }
        let port = listens.port();
        let mut known: Vec<Arc<str>> = ["localhost", "127.0.0.1", "[::1]"]
            .map(|host| format!("{host}:{port}").into())
            .to_vec();
        if !listens.ip().is_unspecified() && !listens.ip().is_loopback() {
            known.insert(0, listens.to_string().into());
        }
        Self {
            known,
            by_address: true,
        }
    }

    /// The name for a client that asked for `host`, over a connection to `local`.
    pub(crate) fn for_client(&self, host: Option<&str>, local: Option<SocketAddr>) -> Arc<str> {
        let asked = host.unwrap_or_default();
        if let Some(name) = self.known.iter().find(|name| is_same(name, asked)) {
            return name.clone();
        }
        if let Some(address) = local.filter(|_| self.by_address) {
            let address = SocketAddr::new(address.ip().to_canonical(), address.port()).to_string();
            if is_same(&address, asked) {
                return address.into();
            }
        }
        self.known.first().cloned().unwrap_or_else(|| "localhost".into())
    }
}

/// Hosts are not case-sensitive, and browsers leave out the usual ports.
fn is_same(ours: &str, asked: &str) -> bool {
    let plain = |name: &str| {
        let usual = name.strip_suffix(":80").or_else(|| name.strip_suffix(":443"));
        usual.unwrap_or(name).to_ascii_lowercase()
    };
    !asked.is_empty() && plain(ours) == plain(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_63_a_sign_in_names_the_host_that_the_client_used() {
        let names = Names::new(&[], "127.0.0.1:8080".parse().unwrap());
        let local = Some("127.0.0.1:8080".parse().unwrap());
        for host in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080"] {
            assert_eq!(&*names.for_client(Some(host), local), host);
        }
        assert_eq!(
            &*names.for_client(Some("LocalHost:8080"), local),
            "localhost:8080"
        );
        // Whoever leads clients to us under a name of their own learns nothing that holds for it.
        for host in [Some("evil.example"), Some("localhost:1"), Some(""), None] {
            assert_eq!(&*names.for_client(host, local), "localhost:8080", "{host:?}");
        }
    }

    #[test]
    fn report_63_on_every_interface_the_address_that_was_reached_is_a_name() {
        let names = Names::new(&[], "0.0.0.0:8080".parse().unwrap());
        let reached = Some("192.168.1.5:8080".parse().unwrap());
        assert_eq!(
            &*names.for_client(Some("192.168.1.5:8080"), reached),
            "192.168.1.5:8080"
        );
        assert_eq!(
            &*names.for_client(Some("192.168.1.6:8080"), reached),
            "localhost:8080"
        );
        let mapped = Some("[::ffff:192.168.1.5]:8080".parse().unwrap());
        assert_eq!(
            &*names.for_client(Some("192.168.1.5:8080"), mapped),
            "192.168.1.5:8080"
        );
    }

    #[test]
    fn configured_names_are_a_list_and_the_first_is_for_strangers() {
        let configured = ["play.example".to_owned(), "other.example:444".to_owned()];
        let names = Names::new(&configured, "10.0.0.1:8080".parse().unwrap());
        let local = Some("10.0.0.1:8080".parse().unwrap());
        assert_eq!(
            &*names.for_client(Some("other.example:444"), local),
            "other.example:444"
        );
        assert_eq!(
            &*names.for_client(Some("play.example:443"), local),
            "play.example"
        );
        assert_eq!(&*names.for_client(Some("10.0.0.1:8080"), local), "play.example");
    }
}
