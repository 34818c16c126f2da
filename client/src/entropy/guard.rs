//! Where the entropy client may connect.
//!
//! An oracle writes its gateway's address on chain. Without a guard it could point us at our own admin ports or at a
//! cloud's metadata service (server-side request forgery). Invariants: only http and https; no user info, query or
//! fragment; every address actually connected to is public, or loopback or private where that was configured. Names are checked
//! after resolution, on the very addresses that are then used, so a name that changes its mind gains nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::Url;

/// The longest address an oracle account can hold has 64 bytes; configured ones may be longer.
const URL_LEN_MAX: usize = 256;

/// How far the client may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// Public addresses only: devnet and mainnet.
    #[default]
    Public,
    /// Loopback as well: the local chain.
    Loopback,
    /// Anywhere: the gateway whose address the operator gave, which may be in a network of its own. Never for
    /// addresses that an oracle wrote on chain.
    Named,
}

/// An address we do not connect to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GatewayUrlError {
    /// It does not parse.
    #[error("`{url}` is not a gateway address ({reason}); one looks like https://gateway.example.org")]
    NotAUrl {
        /// The beginning of what was given.
        url: String,
        /// Why it was refused.
        reason: String,
    },
    /// It leads into a private network.
    #[error("the gateway address `{url}` leads to {address}, which is not public; refused")]
    NotPublic {
        /// What was given.
        url: String,
        /// Where it leads.
        address: IpAddr,
    },
    /// It leads to this machine.
    #[error("the gateway address `{url}` leads to this machine; that is allowed only with a local chain (loopback reach)")]
    Loopback {
        /// What was given.
        url: String,
    },
}

/// Checks a gateway's base address and gives it with a trailing slash, so that a path can be joined.
pub fn check(gateway: &str, reach: Reach) -> Result<Url, GatewayUrlError> {
    let not_a_url = |reason: &str| GatewayUrlError::NotAUrl {
        url: gateway
            .chars()
            .filter(|c| !c.is_control())
            .take(URL_LEN_MAX)
            .collect(),
        reason: reason.to_owned(),
    };
    if gateway.len() > URL_LEN_MAX {
        return Err(not_a_url("longer than 256 bytes"));
    }
    let mut url = Url::parse(gateway.trim()).map_err(|error| not_a_url(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(not_a_url("the scheme must be http or https"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(not_a_url("it must not carry a user name"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(not_a_url("it must not carry a query or fragment"));
    }
    let host = url.host_str().ok_or_else(|| not_a_url("it names no host"))?;
    // Literal addresses never reach the resolver, so they are checked here.
    if let Ok(address) = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>()
    {
        match classify(address) {
            kind if kind.is_within(reach) => {}
            Kind::Loopback => {
                return Err(GatewayUrlError::Loopback {
                    url: gateway.to_owned(),
                })
            }
            Kind::Public | Kind::Private => {
                return Err(GatewayUrlError::NotPublic {
                    url: gateway.to_owned(),
                    address,
                })
            }
        }
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Public,
    Loopback,
    /// Private, link-local, multicast, reserved, documentation: nothing a gateway has.
    Private,
}

impl Kind {
    fn is_within(self, reach: Reach) -> bool {
        match self {
            Self::Public => true,
            Self::Loopback => reach != Reach::Public,
            Self::Private => reach == Reach::Named,
        }
    }
}

fn classify(address: IpAddr) -> Kind {
    match address {
        IpAddr::V4(address) => classify_v4(address),
        IpAddr::V6(address) => match embedded_v4(address) {
            Some(inner) => classify_v4(inner),
            None => classify_v6(address),
        },
    }
}

fn classify_v4(address: Ipv4Addr) -> Kind {
    let [a, b, c, _] = address.octets();
    if address.is_loopback() {
        return Kind::Loopback;
    }
    let is_shared = a == 100 && (64..128).contains(&b);
    let is_protocol = a == 192 && b == 0 && c == 0;
    let is_benchmark = a == 198 && (b == 18 || b == 19);
    if a == 0
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation()
        || is_shared
        || is_protocol
        || is_benchmark
        || a >= 240
    {
        return Kind::Private;
    }
    Kind::Public
}

fn classify_v6(address: Ipv6Addr) -> Kind {
    if address.is_loopback() {
        return Kind::Loopback;
    }
    let [first, second, ..] = address.segments();
    let is_global_unicast = first & 0xe000 == 0x2000;
    let is_documentation = first == 0x2001 && second == 0x0db8;
    // 2001::/23 holds protocol assignments (Teredo and the like).
    let is_protocol = first == 0x2001 && second < 0x0200;
    if is_global_unicast && !is_documentation && !is_protocol {
        Kind::Public
    } else {
        Kind::Private
    }
}

/// The IPv4 address inside a mapped (`::ffff:a.b.c.d`), NAT64 (`64:ff9b::/96`) or 6to4 (`2002::/16`) one.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [s0, s1, s2, .., s6, s7] = address.segments();
    let from = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    if let Some(mapped) = address.to_ipv4_mapped() {
        return Some(mapped);
    }
    match (s0, s1) {
        (0x0064, 0xff9b) => Some(from(s6, s7)),
        (0x2002, _) => Some(from(s1, s2)),
        _ => None,
    }
}

/// Resolves names and passes only addresses within reach on to the connector.
#[derive(Debug, Clone, Copy)]
pub(super) struct GuardedResolver {
    reach: Reach,
}

impl GuardedResolver {
    pub(super) fn new(reach: Reach) -> Self {
        Self { reach }
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.reach;
        Box::pin(async move {
            let resolved = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = resolved
                .filter(|address| is_allowed(address.ip(), reach))
                .collect();
            if allowed.is_empty() {
                return Err(
                    format!("`{}` has no address we are willing to connect to", name.as_str()).into(),
                );
            }
            let addrs: Addrs = Box::new(allowed.into_iter());
            Ok(addrs)
        })
    }
}

fn is_allowed(address: IpAddr, reach: Reach) -> bool {
    classify(address).is_within(reach)
}
