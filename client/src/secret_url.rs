//! Addresses of endpoints, which may hold an API key in their path, query or user name.
//!
//! Invariant: what is printed of one (`Display`, `Debug`, errors, labels of metrics) is scheme, host and port. The whole
//! address goes to the socket and nowhere else.

use std::fmt;

use reqwest::Url;

/// Parts of an address shorter than this are no keys (`v1`, `rpc`) and stay in texts.
const KEY_LEN_MIN: usize = 8;

/// An address that is shown without whatever may be secret in it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretUrl(Url);

/// A text that is no such address. Does not repeat more than its host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{shown} is not an address with {schemes} ({reason})")]
pub struct SecretUrlError {
    /// As much of the text as may be shown.
    pub shown: String,
    /// The schemes that would be right.
    pub schemes: String,
    /// Why it was refused.
    pub reason: String,
}

impl SecretUrl {
    /// The address in `text`, if it has one of these schemes and a host.
    ///
    /// # Errors
    /// [`SecretUrlError`], which holds nothing secret.
    pub fn parse(text: &str, schemes: &[&str]) -> Result<Self, SecretUrlError> {
        let wrong = |reason: String| SecretUrlError {
            shown: shown_text(text),
            schemes: format!("{}://", schemes.join(":// or ")),
            reason,
        };
        let url = Url::parse(text.trim()).map_err(|error| wrong(error.to_string()))?;
        if !schemes.contains(&url.scheme()) {
            return Err(wrong("its scheme is another one".to_owned()));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(wrong("it has no host".to_owned()));
        }
        Ok(Self(url))
    }

    /// All of it, keys included: for the socket only.
    pub fn expose(&self) -> &Url {
        &self.0
    }

    /// Host, and port where it is named: what tells endpoints apart in logs and metrics.
    pub fn host(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        match self.0.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// `text` without the keys of this address: endpoints like to repeat them in their errors.
    pub fn scrub(&self, text: &str) -> String {
        let path = self.0.path_segments().into_iter().flatten().map(str::to_owned);
        let values = self.0.query_pairs().map(|(_, value)| value.into_owned());
        let user = [
            self.0.username(),
            self.0.password().unwrap_or_default(),
            self.0.query().unwrap_or_default(),
            self.0.fragment().unwrap_or_default(),
        ];
        let mut keys: Vec<String> = path
            .chain(values)
            .chain(user.into_iter().map(str::to_owned))
            .filter(|key| key.len() >= KEY_LEN_MIN)
            .collect();
        // The longest first, because one may be a part of another.
        keys.sort_by_key(|key| std::cmp::Reverse(key.len()));
        keys.iter()
            .fold(text.to_owned(), |text, key| text.replace(key.as_str(), "…"))
    }
}

impl fmt::Display for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.0.scheme(), self.host())
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Scheme and host of a text that may be no address. A text without a scheme may be a key by itself.
pub(crate) fn shown_text(text: &str) -> String {
    let Some((scheme, rest)) = text.trim().split_once("://") else {
        return "a text without a scheme".to_owned();
    };
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("`{scheme}://{host}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0f1e2d3c-4b5a-6978";

    #[test]
    fn what_is_shown_holds_no_key() {
        for text in [
            format!("https://mainnet.helius-rpc.com/?api-key={KEY}"),
            format!("https://name.quiknode.pro/{KEY}/"),
            format!("https://{KEY}@rpc.example"),
            format!("https://me:{KEY}@rpc.example/v1?x=1#{KEY}"),
        ] {
            let url = SecretUrl::parse(&text, &["https"]).unwrap();
            for shown in [url.to_string(), format!("{url:?}"), url.host()] {
                assert!(!shown.contains(KEY), "{shown}");
            }
            assert!(url.expose().as_str().contains(KEY));
            let said = url.scrub(&format!("no such key {KEY} here"));
            assert!(!said.contains(KEY), "{said}");
        }
        let local = SecretUrl::parse("http://127.0.0.1:8899", &["http"]).unwrap();
        assert_eq!(
            (local.to_string().as_str(), local.host().as_str()),
            ("http://127.0.0.1:8899", "127.0.0.1:8899")
        );
    }

    #[test]
    fn errors_hold_no_key() {
        for text in [
            format!("wss://mainnet.helius-rpc.com/?api-key={KEY}"),
            format!("htps://{KEY}@rpc.example/{KEY}"),
            format!("https:///{KEY}?{KEY}"),
            KEY.to_owned(),
            format!("mainnet.helius-rpc.com/?api-key={KEY}"),
        ] {
            let error = SecretUrl::parse(&text, &["https"]).map(|url| url.to_string());
            // Browsers' rules make `https:///x` an address of host `x`, which is not secret then.
            let Err(error) = error else { continue };
            for shown in [error.to_string(), format!("{error:?}")] {
                assert!(!shown.contains(KEY), "{shown}");
            }
        }
    }
}
