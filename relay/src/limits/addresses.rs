//! Connections and request rates by address.
//!
//! Invariant: the table is bounded. An address is forgotten once it has no connection and its bucket is full
//! again; when the table is full of others, strangers are refused.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use super::bucket::Bucket;
use crate::config::Limits;
use parking_lot::Mutex;

/// Addresses remembered at once. An entry has under 100 bytes.
const ADDRESSES_MAX: usize = 100_000;

/// Why a connection or request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// Too many connections of the address at once, or in all.
    #[error("too many connections of this address; close some")]
    TooMany,
    /// Too many requests in a short time.
    #[error("too many requests of this address; wait a little")]
    TooFast,
}

/// Who is connected, and how often each address asks.
#[derive(Debug)]
pub(crate) struct Addresses {
    table: Mutex<HashMap<IpAddr, Entry>>,
    connections_per_address_max: u32,
    per_second: u32,
    burst: u32,
}

#[derive(Debug)]
struct Entry {
    connections: u32,
    bucket: Bucket,
}

/// One connection of an address; dropping it gives the place back.
#[derive(Debug)]
pub(crate) struct ConnectionPermit {
    addresses: Arc<Addresses>,
    address: IpAddr,
}

impl Addresses {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            table: Mutex::default(),
            connections_per_address_max: limits.connections_per_address_max,
            per_second: limits.requests_per_address_per_second,
            burst: limits.requests_per_address_burst,
        }
    }

    /// A place for one more connection.
    pub(crate) fn connect(self: &Arc<Self>, address: IpAddr) -> Result<ConnectionPermit, Refused> {
        let address = network(address);
        self.with_entry(address, |entry, now| {
            if entry.connections >= self.connections_per_address_max {
                return Err(Refused::TooMany);
            }
            if !entry.bucket.take(1.0, now) {
                return Err(Refused::TooFast);
            }
            entry.connections += 1;
            Ok(())
        })?;
        Ok(ConnectionPermit {
            addresses: self.clone(),
            address,
        })
    }

    /// One more request.
    pub(crate) fn request(&self, address: IpAddr) -> Result<(), Refused> {
        self.with_entry(network(address), |entry, now| {
            if entry.bucket.take(1.0, now) {
                Ok(())
            } else {
                Err(Refused::TooFast)
            }
        })
    }

    fn with_entry(
        &self,
        address: IpAddr,
        act: impl FnOnce(&mut Entry, Instant) -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        let now = Instant::now();
        let mut table = self.table.lock();
        if table.len() >= ADDRESSES_MAX && !table.contains_key(&address) {
            table.retain(|_, entry| entry.connections > 0 || !entry.bucket.is_full(now));
            if table.len() >= ADDRESSES_MAX {
                return Err(Refused::TooMany);
            }
        }
        let entry = table.entry(address).or_insert_with(|| Entry {
            connections: 0,
            bucket: Bucket::new(self.per_second, self.burst, now),
        });
        act(entry, now)
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let mut table = self.addresses.table.lock();
        if let Some(entry) = table.get_mut(&self.address) {
            entry.connections = entry.connections.saturating_sub(1);
            if entry.connections == 0 && entry.bucket.is_full(Instant::now()) {
                table.remove(&self.address);
            }
        }
    }
}

/// What counts as one address: an IPv4 address, or an IPv6 network of 64 bits, which is what one customer
/// gets.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) & !u128::from(u64::MAX)).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_and_given_back() {
        let limits = Limits {
            connections_per_address_max: 2,
            requests_per_address_burst: 100,
            ..Limits::default()
        };
        let addresses = Arc::new(Addresses::new(&limits));
        let here: IpAddr = "10.0.0.1".parse().unwrap();
        let mapped: IpAddr = "::ffff:10.0.0.1".parse().unwrap();
        let (one, _two) = (
            addresses.connect(here).unwrap(),
            addresses.connect(mapped).unwrap(),
        );
        assert_eq!(addresses.connect(here).unwrap_err(), Refused::TooMany);
        assert!(addresses.connect("10.0.0.2".parse().unwrap()).is_ok());
        drop(one);
        assert!(addresses.connect(here).is_ok());
    }

    #[test]
    fn a_v6_network_counts_as_one() {
        let limits = Limits {
            connections_per_address_max: 1,
            ..Limits::default()
        };
        let addresses = Arc::new(Addresses::new(&limits));
        let _one = addresses.connect("2001:db8::1".parse().unwrap()).unwrap();
        assert_eq!(
            addresses.connect("2001:db8::ffff".parse().unwrap()).unwrap_err(),
            Refused::TooMany
        );
        assert!(addresses.connect("2001:db8:0:1::1".parse().unwrap()).is_ok());
    }

    #[test]
    fn requests_share_the_bucket_with_connections() {
        let limits = Limits {
            requests_per_address_per_second: 1,
            requests_per_address_burst: 3,
            ..Limits::default()
        };
        let addresses = Arc::new(Addresses::new(&limits));
        let here: IpAddr = "10.0.0.1".parse().unwrap();
        let _permit = addresses.connect(here).unwrap();
        assert_eq!(addresses.request(here), Ok(()));
        assert_eq!(addresses.request(here), Ok(()));
        assert_eq!(addresses.request(here), Err(Refused::TooFast));
        assert_eq!(addresses.connect(here).unwrap_err(), Refused::TooFast);
    }
}
