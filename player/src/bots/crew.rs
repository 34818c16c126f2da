//! The bots as persons: wallets, names, tempers, money; and their entry into a match.

use std::path::Path;

use anyhow::{bail, Context, Result};
use client::address;
use client::instruction::{self, Enter, EnterArgs, MatchRef};
use client::sender::Confirmed;
use client::view::{fetch, MatchStatus};
use client::Pubkey;
use ed25519_dalek::SigningKey;
use protocol::directory::MatchDetail;
use rand::rngs::OsRng;
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::bots::strategy::{Temper, TEMPERS};
use crate::chain::{Chain, MintInfo};
use crate::keyfile::{self, KeyfileError};

/// Names for bots; they repeat with a number when there are more bots.
const NAMES: [&str; 26] = [
    "Ada", "Brutus", "Cato", "Dido", "Enyo", "Flavia", "Gaius", "Helva", "Iris", "Juno", "Kleon", "Livia",
    "Magnus", "Nero", "Otho", "Priska", "Quinta", "Remus", "Silvia", "Titus", "Ursa", "Vesta", "Wulf",
    "Xenia", "Yara", "Zeno",
];

/// One bot.
pub struct Bot {
    pub name: String,
    pub wallet: Keypair,
    pub temper: Temper,
    pub index: usize,
}

impl Bot {
    /// The bot's wallet address.
    pub fn address(&self) -> Pubkey {
        self.wallet.pubkey()
    }

    fn new(index: usize, wallet: Keypair) -> Bot {
        let round = index / NAMES.len();
        let name = NAMES[index % NAMES.len()];
        Bot {
            name: if round == 0 {
                name.to_owned()
            } else {
                format!("{name} {}", round + 1)
            },
            wallet,
            temper: TEMPERS[index % TEMPERS.len()],
            index,
        }
    }
}

/// So many new bots.
pub fn recruit(count: usize) -> Vec<Bot> {
    (0..count).map(|index| Bot::new(index, Keypair::new())).collect()
}

/// So many bots whose wallets are kept in a directory, as `bot-1.json` and so on; missing ones are made.
///
/// # Errors
/// The first file, or the directory, that cannot be used.
pub fn recruit_from(dir: &Path, count: usize) -> Result<Vec<Bot>, KeyfileError> {
    std::fs::create_dir_all(dir).map_err(|error| KeyfileError::Unwritable {
        path: dir.to_owned(),
        error,
    })?;
    (0..count)
        .map(|index| {
            let path = dir.join(format!("bot-{}.json", index + 1));
            let wallet = if path.exists() {
                keyfile::read(&path)?
            } else {
                let wallet = Keypair::new();
                keyfile::write(&path, &wallet)?;
                wallet
            };
            Ok(Bot::new(index, wallet))
        })
        .collect()
}

/// A fresh session key: one a match, so that a leaked one is worth one match's moves.
pub fn new_session() -> SigningKey {
    SigningKey::generate(&mut OsRng)
}

/// Pays the stake of `warriors` out of the bot's wallet and registers the session key. The program refuses
/// when stake or rules are not those in `detail`.
pub async fn enter(
    chain: &Chain,
    bot: &Bot,
    detail: &MatchDetail,
    mint: &MintInfo,
    warriors: u8,
    session: &SigningKey,
) -> Result<Confirmed> {
    if detail.summary.mint.0 != mint.mint.to_bytes() {
        bail!("match {} is played for another token", detail.summary.match_key);
    }
    let of = MatchRef {
        key: Pubkey::new_from_array(detail.summary.match_key.0),
        mint: mint.mint,
        token_program: mint.token_program,
        operator: address::operator(&Pubkey::new_from_array(detail.operator.0), &mint.mint),
    };
    let view = fetch::match_account(&chain.rpc, of.key)
        .await?
        .with_context(|| format!("match {} is not on the chain", detail.summary.match_key))?;
    let args = EnterArgs {
        warriors,
        session_key: Pubkey::new_from_array(session.verifying_key().to_bytes()),
        expect_stake: detail.summary.stake_per_warrior.0,
        expect_rules_hash: detail.rules_hash.0,
        expect_terms: view.header.terms_hash,
        expect_late: view.status == MatchStatus::Live,
    };
    let instruction = instruction::enter(&of, &Enter::own(bot.address(), &of), args);
    chain
        .sender
        .send_and_confirm(&[instruction], &bot.wallet, &[])
        .await
        .with_context(|| format!("{} cannot enter match {}", bot.name, detail.summary.match_key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_and_wallets_are_distinct_and_kept() {
        let crew = recruit(60);
        let names: HashSet<_> = crew.iter().map(|bot| bot.name.clone()).collect();
        assert_eq!(names.len(), 60);
        assert_eq!(crew[26].name, "Ada 2");

        let dir = tempfile::tempdir().unwrap();
        let first: Vec<_> = recruit_from(dir.path(), 3)
            .unwrap()
            .iter()
            .map(Bot::address)
            .collect();
        let again: Vec<_> = recruit_from(dir.path(), 4)
            .unwrap()
            .iter()
            .map(Bot::address)
            .collect();
        assert_eq!(first, again[..3]);
        assert!(!first.contains(&again[3]));
    }
}
