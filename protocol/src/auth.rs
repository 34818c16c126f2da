//! Signing in: what a wallet or a session key signs to show a relay who it is.
//!
//! A wallet signs a readable text in the form of Sign-In With Solana; a session key, which the program
//! already holds, signs a few bytes. Both contain the relay's nonce and its domain, so a signature made for
//! one relay is of no use at another, nor twice at the same.
//!
//! Deliberately absent: making and remembering nonces, and the clock.

use ed25519_dalek::{Signer, SigningKey};

use crate::envelope;
use crate::input::verify;
use crate::key::{Nonce, SessionKey, Signature, WalletKey};

/// The domain of a session key's sign-in: no other message of the system begins so.
pub const SESSION_DOMAIN: &[u8; 24] = b"aurelius:session-auth:v1";

/// The domain of a session key's sign-in for one wallet's entry.
pub const PLAYER_DOMAIN: &[u8; 23] = b"aurelius:player-auth:v1";

/// What a wallet shows as the purpose of the signature.
pub const STATEMENT: &str = "Sign in to Aurelius. This costs nothing and moves no money.";

/// What the relay asks to have signed. All of it is in its `Hello`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Challenge<'a> {
    /// Host and port under which the relay is reached, as the browser shows it. A client compares it with the
    /// address it connected to.
    pub domain: &'a str,
    /// `mainnet`, `devnet`, `testnet` or `localnet`.
    pub chain: &'a str,
    /// Fresh for this connection.
    pub nonce: Nonce,
    /// RFC 3339, UTC.
    pub issued_at: &'a str,
}

impl Challenge<'_> {
    /// The Sign-In With Solana text for a wallet.
    pub fn wallet_text(&self, wallet: &WalletKey) -> String {
        let Challenge {
            domain,
            chain,
            nonce,
            issued_at,
        } = self;
        format!(
            "{domain} wants you to sign in with your Solana account:\n{wallet}\n\n{STATEMENT}\n\n\
             Version: 1\nChain ID: {chain}\nNonce: {nonce}\nIssued At: {issued_at}"
        )
    }

    /// The bytes for a session key: domain tag[24] ‖ length of the host u8 ‖ host ‖ nonce[16]. Hosts are cut
    /// at 255 bytes.
    pub fn session_message(&self) -> Vec<u8> {
        let host = self.host();
        [&SESSION_DOMAIN[..], &[host.len() as u8], host, &self.nonce.0].concat()
    }

    /// The bytes for a session key that signs in for the entry of `wallet`: domain tag[23] ‖ length of the
    /// host u8 ‖ host ‖ nonce[16] ‖ wallet[32]. Hosts are cut at 255 bytes.
    pub fn player_message(&self, wallet: &WalletKey) -> Vec<u8> {
        let host = self.host();
        [
            &PLAYER_DOMAIN[..],
            &[host.len() as u8],
            host,
            &self.nonce.0,
            &wallet.0,
        ]
        .concat()
    }

    fn host(&self) -> &[u8] {
        &self.domain.as_bytes()[..self.domain.len().min(255)]
    }

    /// Whether `wallet` signed [`Self::wallet_text`], as it is or in Solana's envelope for messages off the
    /// chain.
    pub fn is_signed_by_wallet(&self, wallet: &WalletKey, signature: &Signature) -> bool {
        let text = self.wallet_text(wallet);
        verify(&wallet.0, text.as_bytes(), signature)
            || envelope::forms(wallet, text.as_bytes())
                .iter()
                .any(|message| verify(&wallet.0, message, signature))
    }

    /// Whether `session` signed [`Self::session_message`].
    pub fn is_signed_by_session(&self, session: &SessionKey, signature: &Signature) -> bool {
        verify(&session.0, &self.session_message(), signature)
    }

    /// Whether `session` signed [`Self::player_message`] for this wallet.
    pub fn is_signed_by_player(
        &self,
        wallet: &WalletKey,
        session: &SessionKey,
        signature: &Signature,
    ) -> bool {
        verify(&session.0, &self.player_message(wallet), signature)
    }

    /// Signs as the wallet `key`.
    pub fn sign_as_wallet(&self, key: &SigningKey) -> Signature {
        let wallet = WalletKey(key.verifying_key().to_bytes());
        Signature(key.sign(self.wallet_text(&wallet).as_bytes()).to_bytes())
    }

    /// Signs as the session key `key` for the entry of `wallet`.
    pub fn sign_as_player(&self, key: &SigningKey, wallet: &WalletKey) -> Signature {
        Signature(key.sign(&self.player_message(wallet)).to_bytes())
    }

    /// Signs as the session key `key`.
    pub fn sign_as_session(&self, key: &SigningKey) -> Signature {
        Signature(key.sign(&self.session_message()).to_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHALLENGE: Challenge<'static> = Challenge {
        domain: "play.example:8080",
        chain: "localnet",
        nonce: Nonce([0xab; 16]),
        issued_at: "2026-01-02T03:04:05Z",
    };

    #[test]
    fn the_text_is_the_standard_one() {
        assert_eq!(
            CHALLENGE.wallet_text(&WalletKey([0; 32])),
            "play.example:8080 wants you to sign in with your Solana account:\n\
             11111111111111111111111111111111\n\n\
             Sign in to Aurelius. This costs nothing and moves no money.\n\n\
             Version: 1\nChain ID: localnet\nNonce: abababababababababababababababab\n\
             Issued At: 2026-01-02T03:04:05Z"
        );
    }

    #[test]
    fn a_signature_holds_for_one_key_one_nonce_one_domain() {
        let key = SigningKey::from_bytes(&[5; 32]);
        let wallet = WalletKey(key.verifying_key().to_bytes());
        let session = SessionKey(wallet.0);
        let by_wallet = CHALLENGE.sign_as_wallet(&key);
        let by_session = CHALLENGE.sign_as_session(&key);
        assert!(CHALLENGE.is_signed_by_wallet(&wallet, &by_wallet));
        assert!(CHALLENGE.is_signed_by_session(&session, &by_session));
        let by_player = CHALLENGE.sign_as_player(&key, &wallet);
        assert!(CHALLENGE.is_signed_by_player(&wallet, &session, &by_player));
        assert!(!CHALLENGE.is_signed_by_player(&WalletKey([1; 32]), &session, &by_player));
        assert!(!CHALLENGE.is_signed_by_session(&session, &by_player));
        assert!(!CHALLENGE.is_signed_by_player(&wallet, &session, &by_session));
        // One cannot stand for the other.
        assert!(!CHALLENGE.is_signed_by_wallet(&wallet, &by_session));
        assert!(!CHALLENGE.is_signed_by_session(&session, &by_wallet));
        for other in [
            Challenge {
                nonce: Nonce([1; 16]),
                ..CHALLENGE
            },
            Challenge {
                domain: "evil.example",
                ..CHALLENGE
            },
        ] {
            assert!(!other.is_signed_by_wallet(&wallet, &by_wallet));
            assert!(!other.is_signed_by_session(&session, &by_session));
        }
        assert!(!CHALLENGE.is_signed_by_wallet(&WalletKey([1; 32]), &by_wallet));
    }

    #[test]
    fn report_23_a_text_in_the_envelope_for_messages_off_the_chain_counts() {
        let key = SigningKey::from_bytes(&[5; 32]);
        let wallet = WalletKey(key.verifying_key().to_bytes());
        let text = CHALLENGE.wallet_text(&wallet);
        for message in envelope::forms(&wallet, text.as_bytes()) {
            let signature = Signature(key.sign(&message).to_bytes());
            assert!(CHALLENGE.is_signed_by_wallet(&wallet, &signature));
            let other = Challenge {
                nonce: Nonce([1; 16]),
                ..CHALLENGE
            };
            assert!(!other.is_signed_by_wallet(&wallet, &signature), "another nonce");
            assert!(!CHALLENGE.is_signed_by_session(&SessionKey(wallet.0), &signature));
        }
        // The envelope of another text.
        let signature = Signature(
            key.sign(&envelope::forms(&wallet, b"give me everything")[0])
                .to_bytes(),
        );
        assert!(!CHALLENGE.is_signed_by_wallet(&wallet, &signature));
    }
}
