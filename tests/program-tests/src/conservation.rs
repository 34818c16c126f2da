//! The money, counted after every transaction.
//!
//! For every match that was opened: its vault holds exactly what the match owes plus what strangers donated, and what
//! it owes is what its slots say. For every operator: its bond vault holds its bond, and what is reserved of it is what
//! its matches reserved. For the mint: its supply is the sum of all its token accounts.

use anchor_lang::prelude::Pubkey;
use anchor_lang::AccountDeserialize;
use anchor_spl::token_interface::{Mint, TokenAccount};
use aurelius::state::{MatchStatus, PlayerSlot};
use client::instruction::MatchRef;
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::{MatchState, Watched, World};

impl World {
    /// Counts the money of a match from now on, whether it exists yet or not.
    pub fn watch(&mut self, of: MatchRef) {
        self.watched.insert(
            of.key,
            Watched {
                of,
                donated: 0,
                forged: false,
            },
        );
    }

    /// Counts the money of a match no more, only its bond: a test is about to forge its books.
    pub fn unwatch(&mut self, of: &MatchRef) {
        self.watched.get_mut(&of.key).expect("a watched match").forged = true;
    }

    /// Counts the bond of an operator no more: a test is about to forge its books.
    pub fn unbond(&mut self, operator: &Pubkey) {
        self.bonded.remove(operator);
    }

    /// Sends `amount` tokens of `from` to the vault of a match, as nobody should.
    pub fn donate(&mut self, of: &MatchRef, from: &Keypair, amount: u64) {
        self.watched.get_mut(&of.key).expect("a watched match").donated += amount;
        let source = of.token_account(&from.pubkey());
        let transfer = anchor_spl::token::spl_token::instruction::transfer(
            &of.token_program,
            &source,
            &of.vault(),
            &from.pubkey(),
            &[],
            amount,
        )
        .expect("a transfer instruction");
        self.send(&[transfer], &[from]);
    }

    #[track_caller]
    pub(crate) fn check_conservation(&self) {
        for Watched { of, donated, .. } in self.watched.values().filter(|watched| !watched.forged) {
            let Some(state) = self.try_match(&of.key) else {
                assert!(
                    self.account(&of.vault())
                        .is_none_or(|account| account.owner != of.token_program),
                    "a match that is not there has a vault"
                );
                continue;
            };
            let owed = owed(&state);
            assert_eq!(state.header.owed, owed, "the books of match {} are wrong", of.key);
            assert_eq!(
                self.token_amount(&of.vault()),
                owed + donated,
                "the vault of match {} does not hold what it owes",
                of.key
            );
        }
        self.check_bonds();
        self.check_supply();
    }

    /// A bond vault holds exactly the bond; what is reserved is what matches that are not over reserved.
    #[track_caller]
    fn check_bonds(&self) {
        for address in &self.bonded {
            let operator = self.operator_state(address);
            assert_eq!(
                self.token_amount(&client::address::bond_vault(address)),
                operator.bond,
                "the bond vault does not hold the bond"
            );
            let held: u64 = self
                .watched
                .values()
                .filter(|watched| watched.of.operator == *address)
                .filter_map(|watched| self.try_match(&watched.of.key))
                .filter(|state| state.header.bond_held != 0)
                .map(|state| state.header.bond_reserved)
                .sum();
            assert_eq!(
                operator.reserved_bond, held,
                "the reserved bond is that of no match"
            );
            assert!(operator.bond >= operator.reserved_bond + operator.withdrawal_amount);
        }
    }

    #[track_caller]
    fn check_supply(&self) {
        let Some(mint) = self
            .account(&self.mint)
            .filter(|mint| mint.owner == anchor_spl::token::ID)
        else {
            return;
        };
        if self.mint == client::address::WRAPPED_SOL_MINT {
            return; // wrapped SOL keeps no supply
        }
        let supply = Mint::try_deserialize(&mut mint.data.as_slice())
            .expect("the mint")
            .supply;
        let held: u64 = self
            .svm
            .get_program_accounts(&anchor_spl::token::ID)
            .into_iter()
            .filter_map(|(_, account)| TokenAccount::try_deserialize(&mut account.data.as_slice()).ok())
            .filter(|account| account.mint == self.mint)
            .map(|account| account.amount)
            .sum();
        assert_eq!(held, supply, "tokens in are not tokens out plus tokens held");
    }
}

/// What a match owes, from its slots alone.
fn owed(state: &MatchState) -> u64 {
    let header = &state.header;
    let entered = || state.slots.iter().filter(|slot| slot.has(PlayerSlot::ENTERED));
    if header.status == MatchStatus::Settled as u8 {
        let payouts: u64 = entered()
            .filter(|slot| !slot.has(PlayerSlot::CLAIMED))
            .map(|slot| slot.payout)
            .sum();
        let fee = if header.fee_swept == 0 { header.fee } else { 0 };
        let burn = if header.burn_done == 0 { header.burn } else { 0 };
        return payouts + fee + burn;
    }
    if header.status == MatchStatus::Proposed as u8 {
        let payouts: u64 = entered().map(|slot| slot.payout).sum();
        assert_eq!(
            payouts + header.fee + header.burn,
            header.deposited,
            "a proposed result loses or makes money"
        );
    }
    let slash = if header.slash_collected != 0 {
        let uncompensated = entered().filter(|slot| {
            !slot.has(PlayerSlot::COMPENSATED) && slot.first_warrior < header.warriors_admitted
        });
        let warriors: u64 = uncompensated.map(|slot| u64::from(slot.warriors)).sum();
        let award = if header.award_paid == 0 { header.award } else { 0 };
        warriors * header.compensation_per_warrior + award
    } else {
        0
    };
    // Before the match is over the flag says only that a late entry will be paid back.
    let refunding = [MatchStatus::Cancelled as u8, MatchStatus::Voided as u8].contains(&header.status);
    let left = |slot: &&PlayerSlot| !(refunding && slot.has(PlayerSlot::REFUNDED));
    entered().filter(left).map(|slot| slot.paid).sum::<u64>() + slash
}
