//! Newtypes of the byte strings and numbers that must not be swapped.
//!
//! Text form: keys and signatures are base58 as everywhere on Solana, hashes and nonces are lower-case hex.
//! In binary they are their bytes, without a length.

use core::fmt;
use core::str::FromStr;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text that is not the key, signature or hash it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a {what}: {found:?}; expected {length} bytes in {encoding}")]
pub struct ParseError {
    what: &'static str,
    length: usize,
    encoding: &'static str,
    /// At most 100 characters of what was given.
    found: String,
}

fn base58_text(bytes: &[u8]) -> String {
    bs58::encode(bytes).into_string()
}

fn base58_bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    // 64 bytes are at most 88 characters: longer texts are refused before they cost anything.
    if text.len() > 2 * N {
        return None;
    }
    let mut out = [0; N];
    (bs58::decode(text).onto(&mut out[..]).ok()? == N).then_some(out)
}

fn hex_text(bytes: &[u8]) -> String {
    hex::encode(bytes)
}

fn hex_bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut out = [0; N];
    hex::decode_to_slice(text, &mut out).ok().map(|()| out)
}

macro_rules! byte_string {
    ($(#[$doc:meta])* $name:ident, $length:literal, $what:literal, $encoding:literal, $to_text:path, $to_bytes:path) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $length]);

        impl $name {
            /// Length in bytes.
            pub const LENGTH: usize = $length;

            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; $length] {
                &self.0
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self([0; $length])
            }
        }

        impl From<[u8; $length]> for $name {
            fn from(bytes: [u8; $length]) -> Self {
                Self(bytes)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&$to_text(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = ParseError;

            fn from_str(text: &str) -> Result<Self, ParseError> {
                $to_bytes(text).map(Self).ok_or_else(|| ParseError {
                    what: $what,
                    length: $length,
                    encoding: $encoding,
                    found: text.chars().take(100).collect(),
                })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    return serializer.collect_str(self);
                }
                use serde::ser::SerializeTuple;
                let mut tuple = serializer.serialize_tuple($length)?;
                for byte in &self.0 {
                    tuple.serialize_element(byte)?;
                }
                tuple.end()
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Bytes;
                impl<'de> Visitor<'de> for Bytes {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        write!(f, "a {} of {} bytes in {}", $what, $length, $encoding)
                    }

                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }

                    fn visit_seq<A: de::SeqAccess<'de>>(self, mut sequence: A) -> Result<$name, A::Error> {
                        let mut out = [0; $length];
                        for (index, byte) in out.iter_mut().enumerate() {
                            *byte = sequence
                                .next_element()?
                                .ok_or_else(|| de::Error::invalid_length(index, &self))?;
                        }
                        Ok($name(out))
                    }
                }
                if deserializer.is_human_readable() {
                    deserializer.deserialize_str(Bytes)
                } else {
                    deserializer.deserialize_tuple($length, Bytes)
                }
            }
        }
    };
}

byte_string!(
    /// Address of an account that is none of the more special ones: a mint, an operator, a program.
    PublicKey, 32, "public key", "base58", base58_text, base58_bytes
);
byte_string!(
    /// Address of a match account: the name of a match everywhere.
    MatchKey, 32, "match address", "base58", base58_text, base58_bytes
);
byte_string!(
    /// A player's wallet: it paid, and it is paid.
    WalletKey, 32, "wallet address", "base58", base58_text, base58_bytes
);
byte_string!(
    /// Which chain: the hash of its genesis block, in base58 as `solana genesis-hash` prints it.
    Cluster, 32, "genesis hash", "base58", base58_text, base58_bytes
);
byte_string!(
    /// The ed25519 key that signs one player's inputs in one match. It can never move money.
    SessionKey, 32, "session key", "base58", base58_text, base58_bytes
);
byte_string!(
    /// An ed25519 signature: of an input, of a sign-in, or the name of a transaction.
    Signature, 64, "signature", "base58", base58_text, base58_bytes
);
byte_string!(
    /// A SHA-256 digest.
    Hash, 32, "hash", "hex", hex_text, hex_bytes
);
byte_string!(
    /// What a server wants signed: 128 random bits, used once.
    Nonce, 16, "nonce", "hex", hex_text, hex_bytes
);

macro_rules! number {
    ($(#[$doc:meta])* $name:ident, $inner:ty) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl From<$inner> for $name {
            fn from(value: $inner) -> Self {
                Self(value)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number!(
    /// A tick of a match: 1/60 s. Genesis is tick 0.
    Tick, u32
);
number!(
    /// Index of a player's slot in the match account; also the player index of the rules.
    PlayerSlot, u8
);
number!(
    /// Index of a warrior in roster order.
    WarriorIndex, u8
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        let key = MatchKey([7; 32]);
        assert_eq!(key.to_string().parse(), Ok(key));
        let hash = Hash(core::array::from_fn(|i| i as u8));
        assert!(hash.to_string().starts_with("000102"));
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!(MatchKey([0; 32]).to_string(), "1".repeat(32));
    }

    #[test]
    fn wrong_texts_are_named() {
        for text in ["", "0OIl", "abc", &"1".repeat(33), &"z".repeat(5000)] {
            let error = text.parse::<WalletKey>().unwrap_err();
            assert!(error.to_string().contains("wallet address"), "{error}");
            assert!(error.to_string().len() < 250);
        }
        assert!("zz".repeat(32).parse::<Hash>().is_err());
        assert!("é".repeat(32).parse::<Hash>().is_err());
    }

    #[test]
    fn json_is_text_and_binary_is_bytes() {
        let key = SessionKey([9; 32]);
        assert_eq!(serde_json::to_string(&key).unwrap(), format!("\"{key}\""));
        assert_eq!(
            serde_json::from_str::<SessionKey>(&format!("\"{key}\"")).unwrap(),
            key
        );
        let bytes = postcard::to_stdvec(&key).unwrap();
        assert_eq!(bytes, [9; 32]);
        assert_eq!(postcard::from_bytes::<SessionKey>(&bytes).unwrap(), key);
        assert!(postcard::from_bytes::<SessionKey>(&bytes[1..]).is_err());
    }
}
