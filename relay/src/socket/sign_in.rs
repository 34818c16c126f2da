//! Signing in: by wallet, by session key, or by a token of an earlier sign-in.

use protocol::auth::Challenge;
use protocol::codes::{CloseCode, ErrorCode};
use protocol::control::{Identity, Rate, ResumeToken, ServerMessage};
use protocol::{MatchKey, SessionKey, Signature, Tick, WalletKey};

use super::ending::Ending;
use super::session::Session;

impl Session {
    fn challenge(&self) -> Challenge<'_> {
        Challenge {
            domain: &self.domain,
            chain: &self.service.config.chain,
            nonce: self.nonce,
            issued_at: &self.issued_at,
        }
    }

    pub(super) async fn auth_wallet(
        &mut self,
        wallet: WalletKey,
        signature: &Signature,
    ) -> Result<(), Ending> {
        if !self.challenge().is_signed_by_wallet(&wallet, signature) {
            // Some wallets sign no plain text: hardware, and those that show a message in a frame of their
            // own.
            let advice = "sign the text as it is, or sign in with the session key of the entry";
            return Err(Ending::Close(
                CloseCode::AuthenticationFailed,
                Some(advice.into()),
            ));
        }
        self.welcome(Identity::Wallet(wallet)).await
    }

    pub(super) async fn auth_session(
        &mut self,
        session: SessionKey,
        signature: &Signature,
    ) -> Result<(), Ending> {
        if !self.challenge().is_signed_by_session(&session, signature) {
            return Err(CloseCode::AuthenticationFailed.into());
        }
        self.welcome(Identity::Session(session)).await
    }

    pub(super) async fn auth_player(
        &mut self,
        wallet: WalletKey,
        session: SessionKey,
        signature: &Signature,
    ) -> Result<(), Ending> {
        if !self.challenge().is_signed_by_player(&wallet, &session, signature) {
            return Err(CloseCode::AuthenticationFailed.into());
        }
        self.welcome(Identity::Player { wallet, session }).await
    }

    async fn welcome(&mut self, identity: Identity) -> Result<(), Ending> {
        if self.identity.is_some() {
            return self.error(ErrorCode::AlreadyAuthenticated).await;
        }
        let owner = match identity {
            // Of a session key for a wallet nobody knows yet whether the wallet registered it: it fills no
            // places but its own, and the ban of the wallet is looked at when it plays.
            Identity::Session(session) | Identity::Player { session, .. } => session.0,
            Identity::Wallet(wallet) => {
                // Who has paid for a match that is not over yet may see it through.
                if self.service.guard.is_banned(&wallet).await && !self.has_entry(&wallet) {
                    return Err(CloseCode::Banned.into());
                }
                wallet.0
            }
        };
        if !self.registered.claim(owner) {
            return Err(CloseCode::TooManyConnections.into());
        }
        self.identity = Some(identity);
        self.name_in_log(None);
        let tokens = &self.service.tokens;
        let token = tokens.issue(identity).await;
        let token_life_s = u32::try_from(tokens.life().as_secs()).unwrap_or(u32::MAX);
        self.outbox
            .send_control(&ServerMessage::Welcome {
                identity,
                token,
                token_life_s,
            })
            .await
    }

    pub(super) async fn resume(
        &mut self,
        token: Option<ResumeToken>,
        match_key: Option<MatchKey>,
        last_tick: Option<Tick>,
        rate: Rate,
    ) -> Result<(), Ending> {
        if let Some(token) = token {
            let Some(identity) = self.service.tokens.identity(&token).await else {
                return self.error(ErrorCode::BadToken).await;
            };
            self.welcome(identity).await?;
        }
        match match_key {
            None => Ok(()),
            Some(match_key) if self.may_play(&match_key) => self.play(match_key, last_tick).await,
            Some(match_key) => self.watch(match_key, rate, last_tick).await,
        }
    }

    /// Whether the wallet is a player of a match that is not over.
    fn has_entry(&self, wallet: &WalletKey) -> bool {
        let bus = &self.service.bus;
        bus.summaries()
            .iter()
            .filter(|summary| !summary.status.is_over())
            .filter_map(|summary| bus.detail(&summary.match_key))
            .any(|detail| detail.player_of_wallet(wallet).is_some())
    }

    /// The wallet that answers for this socket: the one signed in, or that of the player it plays.
    pub(super) fn wallet(&self) -> Option<WalletKey> {
        match (&self.playing, self.identity) {
            (Some(playing), _) => Some(playing.player.wallet),
            (None, Some(Identity::Wallet(wallet))) => Some(wallet),
            _ => None,
        }
    }
}
