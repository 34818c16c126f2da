//! Who is at the other end of a connection, and the places that the connection and its socket hold.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits::addresses::{Addresses, ConnectionPermit, Refused};

/// Who sent a request, and the places its connection holds.
#[derive(Clone)]
pub(crate) struct Client {
    /// The address that limits count.
    pub(crate) address: IpAddr,
    /// The address of ours that the connection came to.
    pub(crate) reached: Option<SocketAddr>,
    permits: Arc<Permits>,
    is_behind_proxy: bool,
}

/// The places of one connection.
#[derive(Debug)]
struct Permits {
    _place: OwnedSemaphorePermit,
    _address: Option<ConnectionPermit>,
}

/// What a socket holds until it ends.
#[derive(Debug)]
pub(crate) struct SocketPermits {
    _connection: Arc<Permits>,
    _address: Option<ConnectionPermit>,
}

impl Client {
    /// The other end of a connection that just came, with a place in all and, unless the connection is a
    /// proxy's, one of its address.
    pub(crate) fn admit(
        stream: &TcpStream,
        peer: IpAddr,
        is_behind_proxy: bool,
        places: &Arc<Semaphore>,
        addresses: &Arc<Addresses>,
    ) -> Result<Self, Refused> {
        let place = places.clone().try_acquire_owned();
        let place = place.map_err(|_| Refused::TooMany)?;
        let address = match is_behind_proxy {
            true => None,
            false => Some(addresses.connect(peer)?),
        };
        Ok(Self {
            address: peer,
            reached: stream.local_addr().ok(),
            permits: Arc::new(Permits {
                _place: place,
                _address: address,
            }),
            is_behind_proxy,
        })
    }

    /// Who sent a request on this connection: behind a proxy, whoever the proxy says.
    pub(crate) fn of_request(mut self, headers: &HeaderMap) -> Self {
        if self.is_behind_proxy {
            self.address = forwarded_for(headers).unwrap_or(self.address);
        }
        self
    }

    /// The places of a socket. Behind a proxy the connection is the proxy's, and the client's address is
    /// counted here.
    pub(crate) fn permits_for_socket(&self, addresses: &Arc<Addresses>) -> Result<SocketPermits, Refused> {
        let address = match self.is_behind_proxy {
            true => Some(addresses.connect(self.address)?),
            false => None,
        };
        Ok(SocketPermits {
            _connection: self.permits.clone(),
            _address: address,
        })
    }
}

/// The last address of `X-Forwarded-For`: the one our own proxy wrote. Those before it are the client's
/// claims.
fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let name = HeaderName::from_static("x-forwarded-for");
    let last = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    address_of(last.rsplit(',').next()?.trim())
}

/// An address as proxies write it: alone, in brackets, or with the client's port (`203.0.113.7:51008`,
/// `[2001:db8::7]:51008`); some put the whole in quotes.
fn address_of(text: &str) -> Option<IpAddr> {
    let text = text.trim_matches('"');
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address);
    }
    if let Ok(with_port) = text.parse::<SocketAddr>() {
        return Some(with_port.ip());
    }
    let inside = text.strip_prefix('[')?.strip_suffix(']')?;
    inside.parse().map(IpAddr::V6).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxys_own_entry_counts() {
        let mut headers = HeaderMap::new();
        assert_eq!(forwarded_for(&headers), None);
        headers.append("x-forwarded-for", "1.1.1.1, 2.2.2.2".parse().unwrap());
        headers.append("x-forwarded-for", "3.3.3.3 , 4.4.4.4".parse().unwrap());
        assert_eq!(forwarded_for(&headers), Some([4, 4, 4, 4].into()));
        headers.append("x-forwarded-for", "unknown".parse().unwrap());
        assert_eq!(forwarded_for(&headers), None);
    }

    #[test]
    fn report_16_the_clients_port_is_cut_off() {
        let v6: IpAddr = "2001:db8::7".parse().unwrap();
        for (text, expected) in [
            ("203.0.113.7", Some([203, 0, 113, 7].into())),
            ("203.0.113.7:51008", Some([203, 0, 113, 7].into())),
            ("2001:db8::7", Some(v6)),
            ("[2001:db8::7]", Some(v6)),
            ("[2001:db8::7]:51008", Some(v6)),
            ("\"[2001:db8::7]:51008\"", Some(v6)),
            ("203.0.113.7:99999", None),
            ("[203.0.113.7]", None),
            ("203.0.113", None),
            ("_hidden", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.append("x-forwarded-for", format!("9.9.9.9, {text}").parse().unwrap());
            assert_eq!(forwarded_for(&headers), expected, "{text}");
        }
    }
}
