//! A result is offered to a socket that plays, and its signature comes back.

use protocol::codes::CosignRefusal;
use protocol::control::ServerMessage;
use protocol::cosign::{Cosignature, SettlementOffer};

use super::ending::Ending;
use super::session::Session;

impl Session {
    pub(super) async fn offer(&mut self, offer: &SettlementOffer) -> Result<(), Ending> {
        self.outbox
            .send_control(&ServerMessage::SettlementOffer(offer.clone()))
            .await
    }

    pub(super) async fn cosign(&mut self, cosignature: Cosignature) -> Result<(), Ending> {
        let Cosignature {
            match_key,
            expires_slot,
            ..
        } = cosignature;
        let (outcome, flag) = match &mut self.signing {
            None => (Err(CosignRefusal::NotAuthenticated), None),
            Some(signing) => {
                let outcome = signing.submit(&cosignature);
                let flag = outcome.err().and_then(|reason| signing.flag_for(reason));
                (outcome, flag)
            }
        };
        if let Some((kind, wallet)) = flag.zip(self.wallet()) {
            self.service.guard.flag(&wallet, kind).await;
        }
        let answer = match outcome {
            Ok(()) => {
                self.service.metrics.cosignatures.increment(1);
                ServerMessage::CosignAck {
                    match_key,
                    expires_slot,
                }
            }
            Err(reason) => {
                self.service.metrics.cosign_refused(reason);
                ServerMessage::CosignReject {
                    match_key,
                    expires_slot,
                    reason,
                }
            }
        };
        self.outbox.send_control(&answer).await
    }
}
