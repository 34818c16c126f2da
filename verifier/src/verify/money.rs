//! Payouts as the rules compute them, and tokens as they really moved.

use arena::Rules;
use client::aurelius::state::Division;
use client::history::TokenMovement;
use client::{address, Pubkey};

use super::bond;
use super::end::End;
use super::payment::{describe, show, transfer};
use super::report::Report;
use crate::record::{
    Books, Cause, Evidence, Key, MatchRecord, Payment, PlayerRecord, ResultRecord, Standing,
};
use crate::verdict::Place;

const PAYOUTS: &str = "payouts";
const TRANSFERS: &str = "transfers";

/// Checks the result's numbers and every transfer; gives the payouts as recomputed.
pub(super) fn check(record: &MatchRecord, rules: &Rules, end: Option<&End>, report: &mut Report) -> Vec<u64> {
    let settled = match (&record.result, end) {
        (Some(_), Some(end)) => check_payouts(record, rules, end, report),
        (Some(_), None) => {
            report.skip(PAYOUTS, "there is no final state to compute them from");
            None
        }
        (None, _) => {
            report.skip(PAYOUTS, "no result");
            None
        }
    };
    if record.evidence == Evidence::Replay {
        report.skip(TRANSFERS, "a replay file holds no transfers");
    } else {
        check_transfers(record, settled.as_ref(), report);
    }
    settled.map(|settled| settled.payouts).unwrap_or_default()
}

/// What the rules make of the final state.
struct Settled {
    books: Books,
    /// Payout or refund by player index.
    payouts: Vec<u64>,
}

fn check_payouts(record: &MatchRecord, rules: &Rules, end: &End, report: &mut Report) -> Option<Settled> {
    let slots = record
        .players
        .last()
        .map_or(0, |player| usize::from(player.index) + 1);
    let mut paid = vec![0; slots];
    for player in &record.players {
        if let Some(slot) = paid.get_mut(usize::from(player.index)) {
            *slot = player.paid;
        }
    }
    let mut payouts = vec![0; slots];
    let settlement = match arena::share_out(rules, &end.view(), &paid, &mut payouts) {
        Ok(settlement) => settlement,
        Err(error) => {
            let found = error.to_string();
            report.fail(
                PAYOUTS,
                Place::Settlement,
                "the payouts",
                "payouts that the rules compute",
                &found,
            );
            return None;
        }
    };
    let books = Books {
        pot: settlement.pot,
        fee: settlement.fee,
        burn: settlement.burn,
        refunded: settlement.refunded,
    };
    compare_with_result(record.result.as_ref()?, &books, &payouts, report);
    let winners = payouts.iter().filter(|payout| **payout > 0).count();
    let detail = format!(
        "pot {} = {} for {winners} player(s) + fee {} + burn {}; {} refunded",
        books.pot,
        books.pot.saturating_sub(books.fee).saturating_sub(books.burn),
        books.fee,
        books.burn,
        books.refunded
    );
    report.pass_unless_failed(PAYOUTS, detail);
    Some(Settled { books, payouts })
}

/// Holds what the result states against what the rules make of the final state.
fn compare_with_result(result: &ResultRecord, books: &Books, payouts: &[u64], report: &mut Report) {
    if let Some(stated) = result.books {
        for (what, expected, found) in [
            ("the pot", books.pot, stated.pot),
            ("the fee", books.fee, stated.fee),
            ("the burn share", books.burn, stated.burn),
            ("refunds of late entries", books.refunded, stated.refunded),
        ] {
            if expected != found {
                report.fail(
                    PAYOUTS,
                    Place::Settlement,
                    what,
                    &expected.to_string(),
                    &found.to_string(),
                );
            }
        }
    }
    for index in 0..payouts.len().max(result.payouts.len()) {
        let amount = |list: &[u64]| list.get(index).copied().unwrap_or(0);
        let (expected, found) = (amount(payouts), amount(&result.payouts));
        if expected != found {
            let what = format!("the payout of player {index}");
            report.fail(
                PAYOUTS,
                Place::Settlement,
                what,
                &expected.to_string(),
                &found.to_string(),
            );
        }
    }
}

fn check_transfers(record: &MatchRecord, settled: Option<&Settled>, report: &mut Report) {
    let mut payments = Payments {
        record,
        settled,
        vault: record.match_ref.vault(),
        division: bond::division(record),
        paid_out: Vec::new(),
        stakes_back: Vec::new(),
        compensated: Vec::new(),
        payouts: 0,
    };
    let mut balance: i128 = 0;
    for payment in &record.payments {
        payments.check(payment, report);
        let moved = payments.net(payment);
        if payment.cause != Cause::Closed {
            balance += moved;
        }
        if balance < 0 {
            let found = balance.to_string();
            let what = format!(
                "more left the vault than had come in, with transaction {}",
                payment.transaction
            );
            report.fail(
                TRANSFERS,
                Place::Settlement,
                what,
                "a balance of at least 0",
                &found,
            );
        }
    }
    let closed = record
        .payments
        .iter()
        .any(|payment| payment.cause == Cause::Closed);
    if closed && balance != 0 {
        report.fail(
            TRANSFERS,
            Place::Settlement,
            "what the vault still owed when it was closed",
            "0",
            &balance.to_string(),
        );
    }
    let paid_out = payments.payouts;
    let detail = match record.standing {
        _ if closed => format!("{paid_out} made, all stakes accounted for, the vault is closed"),
        Standing::Settled | Standing::Cancelled | Standing::Voided if balance > 0 => {
            format!("{paid_out} made; {balance} not collected yet")
        }
        Standing::Settled | Standing::Cancelled | Standing::Voided => {
            format!("{paid_out} made, the vault owes nothing")
        }
        _ => format!("{balance} in the vault"),
    };
    report.pass_unless_failed(TRANSFERS, detail);
}

/// What goes to a player.
#[derive(Default)]
struct Due {
    stake: u64,
    compensation: u64,
}

/// Follows the vault.
struct Payments<'a> {
    record: &'a MatchRecord,
    settled: Option<&'a Settled>,
    vault: Pubkey,
    /// How a forfeited bond is divided.
    division: Option<Division>,
    /// What was paid so far, to see it is paid once.
    paid_out: Vec<Cause>,
    /// Who has their stake back.
    stakes_back: Vec<Key>,
    /// Who has their share of the bond.
    compensated: Vec<Key>,
    /// Payments out of the vault so far.
    payouts: usize,
}

impl Payments<'_> {
    fn check(&mut self, payment: &Payment, report: &mut Report) {
        let fail = |report: &mut Report, what: &str, expected: String, found: String| {
            let what = format!("{what} (transaction {})", payment.transaction);
            report.fail(TRANSFERS, Place::Settlement, what, &expected, &found);
        };
        let amounts = match payment.cause {
            Cause::Refunded(wallet) => {
                let due = self.due_to(&wallet, payment.slot);
                let stake = payment.stated.saturating_sub(payment.compensation);
                vec![
                    ("the stake", due.stake, stake),
                    ("the compensation", due.compensation, payment.compensation),
                ]
            }
            cause => self
                .expected_amount(cause, payment.slot)
                .map(|expected| ("the amount", expected, payment.stated))
                .into_iter()
                .collect(),
        };
        for (amount, expected, found) in amounts {
            if expected != found {
                let what = format!("{amount} when {}", describe(payment.cause));
                fail(report, &what, expected.to_string(), found.to_string());
            }
        }
        let expected = self.expected_movements(payment);
        if payment.movements != expected {
            let what = format!("the tokens moved when {}", describe(payment.cause));
            fail(report, &what, show(&expected), show(&payment.movements));
        }
        if matches!(
            payment.cause,
            Cause::Claimed(_) | Cause::FeeSwept | Cause::Burned | Cause::SlashCollected | Cause::AwardPaid(_)
        ) {
            if self.paid_out.contains(&payment.cause) {
                fail(
                    report,
                    &describe(payment.cause),
                    "once".to_owned(),
                    "again".to_owned(),
                );
            }
            self.paid_out.push(payment.cause);
        }
        if let Cause::Refunded(wallet) = payment.cause {
            if payment.stated == 0 {
                fail(
                    report,
                    &describe(payment.cause),
                    "once".to_owned(),
                    "again".to_owned(),
                );
            }
            if payment.stated > payment.compensation {
                self.stakes_back.push(wallet);
            }
            if payment.compensation > 0 {
                self.compensated.push(wallet);
            }
        }
        let is_payout = matches!(
            payment.cause,
            Cause::Claimed(_) | Cause::Refunded(_) | Cause::FeeSwept | Cause::Burned | Cause::AwardPaid(_)
        );
        self.payouts += usize::from(is_payout);
    }

    /// Whether shares of a slash are paid in `slot`: it was collected, and has waited long enough.
    fn shares_are_paid(&self, slot: u64) -> bool {
        let void = self.record.void.as_ref();
        self.paid_out.contains(&Cause::SlashCollected) && void.is_some_and(|void| slot >= void.payable_slot)
    }

    /// What a player is due in `slot`: the stake once, and their share of the bond once it is paid.
    fn due_to(&self, wallet: &Key, slot: u64) -> Due {
        let Some(player) = self
            .player(wallet)
            .filter(|_| self.record.standing.is_refunding())
        else {
            return Due::default();
        };
        let shares = bond::shares(self.record, player) && !self.compensated.contains(wallet);
        let per_warrior = self
            .division
            .filter(|_| shares && self.shares_are_paid(slot))
            .map_or(0, |division| division.per_warrior);
        Due {
            stake: if self.stakes_back.contains(wallet) {
                0
            } else {
                player.paid
            },
            compensation: per_warrior.saturating_mul(u64::from(player.warriors)),
        }
    }

    /// What the rules and the entries say must have been paid; `None` where nothing here can say it.
    fn expected_amount(&self, cause: Cause, slot: u64) -> Option<u64> {
        match cause {
            Cause::Claimed(wallet) => {
                let player = self.player(&wallet);
                let payouts = &self.settled?.payouts;
                Some(
                    player
                        .and_then(|player| payouts.get(usize::from(player.index)).copied())
                        .unwrap_or(0),
                )
            }
            // The burnt part never arrives.
            Cause::SlashCollected => Some(match (self.division, self.record.terms.pledge) {
                (Some(division), Some(pledge)) => pledge.reserved - division.burnt,
                _ => 0,
            }),
            Cause::AwardPaid(challenger) => {
                let void = self.record.void.as_ref();
                let is_theirs =
                    void.is_some_and(|void| void.challenger == challenger) && self.shares_are_paid(slot);
                Some(
                    self.division
                        .filter(|_| is_theirs)
                        .map_or(0, |division| division.award),
                )
            }
            // Checked in two parts.
            Cause::Refunded(_) => None,
            Cause::FeeSwept => self.settled.map(|settled| settled.books.fee),
            Cause::Burned => self.settled.map(|settled| settled.books.burn),
            // Stakes are checked with the entries; who left is in no list any more.
            Cause::Entered(_) | Cause::Left(_) | Cause::Closed | Cause::Other => None,
        }
    }

    fn player(&self, wallet: &Key) -> Option<&PlayerRecord> {
        self.record.players.iter().find(|player| player.wallet == *wallet)
    }

    /// The one movement that each payment must consist of.
    fn expected_movements(&self, payment: &Payment) -> Vec<TokenMovement> {
        if payment.stated == 0 {
            return Vec::new();
        }
        match self.expected_movement(payment) {
            Some(movement) => vec![movement],
            None if payment.cause == Cause::Other => Vec::new(),
            // Something had to move and nothing did.
            None => vec![transfer(Pubkey::default(), Pubkey::default(), payment.stated)],
        }
    }

    fn expected_movement(&self, payment: &Payment) -> Option<TokenMovement> {
        let (amount, vault) = (payment.stated, self.vault);
        let to_recipient = || {
            Some(transfer(
                vault,
                Pubkey::new_from_array(payment.recipient?),
                amount,
            ))
        };
        let first = payment.movements.first();
        match payment.cause {
            // Any account may pay in; what counts is what arrives.
            Cause::Entered(_) => match first {
                Some(TokenMovement::Transfer { source, .. }) if *source != vault => {
                    Some(transfer(*source, vault, amount))
                }
                _ => None,
            },
            Cause::Left(wallet) => {
                let wallet = Pubkey::new_from_array(wallet);
                Some(transfer(
                    vault,
                    self.record.match_ref.token_account(&wallet),
                    amount,
                ))
            }
            Cause::Claimed(wallet) | Cause::Refunded(wallet) | Cause::AwardPaid(wallet) => {
                let wallet = Pubkey::new_from_array(wallet);
                // What could not be paid for a day is held for its owner; when that may be is the program's to say.
                let holding = self.record.match_ref.holding(&wallet);
                let destination = match payment.recipient {
                    Some(recipient) if recipient == holding.to_bytes() => holding,
                    _ => self.record.match_ref.token_account(&wallet),
                };
                Some(transfer(vault, destination, amount))
            }
            Cause::SlashCollected => {
                let source = address::bond_vault(&self.record.match_ref.operator);
                Some(transfer(source, vault, amount))
            }
            Cause::FeeSwept => to_recipient(),
            Cause::Burned => {
                let mint = self.record.match_ref.mint;
                match payment.recipient {
                    Some(recipient) if recipient == mint.to_bytes() => Some(TokenMovement::Burn {
                        source: vault,
                        mint,
                        amount,
                    }),
                    // Wrapped SOL cannot be burned: its share goes to the treasury.
                    _ => to_recipient(),
                }
            }
            // Donations go to the treasury, wherever that is by then; only the amount is known.
            Cause::Closed => match first {
                Some(TokenMovement::Transfer {
                    source, destination, ..
                }) if *source == vault => Some(transfer(vault, *destination, amount)),
                _ => None,
            },
            Cause::Other => None,
        }
    }

    /// What the vault gained.
    fn net(&self, payment: &Payment) -> i128 {
        payment
            .movements
            .iter()
            .map(|movement| match movement {
                TokenMovement::Transfer {
                    source,
                    destination,
                    amount,
                } => {
                    let (into, out_of) = (*destination == self.vault, *source == self.vault);
                    i128::from(*amount) * (i128::from(into) - i128::from(out_of))
                }
                TokenMovement::Burn { amount, .. } => -i128::from(*amount),
                TokenMovement::Close { .. } => 0,
            })
            .sum()
    }
}
