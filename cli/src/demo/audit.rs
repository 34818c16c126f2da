//! Whether the money is where it must be: balances before and after a match against what the verifier
//! computed.
//!
//! Pure. The expected amounts come from re-simulating the match, the observed ones from token accounts;
//! neither knows of the other. Every difference is told, not only the first.

use crate::terminal::Money;

/// Token balances of one player.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlayerBooks {
    /// What the player is called.
    pub name: String,
    /// Tokens before the match, in the mint's smallest unit.
    pub before: u64,
    /// Tokens after it, in the mint's smallest unit.
    pub after: u64,
    /// Stake paid, as computed from the chain's entries.
    pub paid: u64,
    /// Payout or refund, as computed by simulating the match again.
    pub payout: u64,
}

/// A player whose wallet is not the demonstration's: what else it does with its tokens is nobody's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuestBooks {
    /// Stake paid, as computed from the chain's entries.
    pub paid: u64,
    /// Payout or refund, as computed by simulating the match again.
    pub payout: u64,
}

/// Everything that a match moved, in base units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Books {
    /// One entry for each player.
    pub players: Vec<PlayerBooks>,
    /// Who joined from outside.
    pub guests: Vec<GuestBooks>,
    /// Tokens of the treasury before the match, in the mint's smallest unit.
    pub treasury_before: u64,
    /// Tokens of the treasury after it.
    pub treasury_after: u64,
    /// Tokens in existence before the match, in the mint's smallest unit.
    pub supply_before: u64,
    /// Whoever holds the mint's key may mint meanwhile, for guests above all; nobody can make it less but the burn.
    pub supply_after: u64,
    /// What the ledger's transaction burned.
    pub burned: u64,
    /// What is left in the vault; 0 when it is closed.
    pub vault_after: u64,
    /// As computed by simulating the match again.
    pub fee: u64,
    /// What the match had to burn, in the mint's smallest unit.
    pub burn: u64,
}

/// What does not add up, one sentence each; empty when everything does.
pub fn audit(books: &Books, money: &Money) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut check = |what: &str, expected: i128, found: i128| {
        if expected != found {
            let difference = money.signed(found - expected);
            wrong.push(format!(
                "{what} is {} and should be {} ({difference})",
                amount(money, found),
                amount(money, expected)
            ));
        }
    };
    for player in &books.players {
        let expected = i128::from(player.before) - i128::from(player.paid) + i128::from(player.payout);
        check(
            &format!("the balance of {}", player.name),
            expected,
            player.after.into(),
        );
    }
    let treasury = i128::from(books.treasury_before) + i128::from(books.fee);
    check("the treasury's balance", treasury, books.treasury_after.into());
    check("what was burned", books.burn.into(), books.burned.into());
    let supply = i128::from(books.supply_before) - i128::from(books.burn);
    let found = i128::from(books.supply_after);
    check("the token's supply", supply, found.min(supply));
    check("the vault's balance", 0, books.vault_after.into());

    let bots = books.players.iter().map(|player| (player.paid, player.payout));
    let guests = books.guests.iter().map(|guest| (guest.paid, guest.payout));
    let (mut paid, mut payouts) = (0, 0);
    for (stake, payout) in bots.chain(guests) {
        paid += i128::from(stake);
        payouts += i128::from(payout);
    }
    let out = payouts + i128::from(books.fee) + i128::from(books.burn);
    check("the sum of payouts, refunds, fee and burn", paid, out);
    wrong
}

fn amount(money: &Money, base_units: i128) -> String {
    match u64::try_from(base_units) {
        Ok(amount) => money.number(amount),
        // Only a wrong expectation can be negative.
        Err(_) => format!("{base_units} base units"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn books() -> Books {
        let player = |name: &str, before, after, payout| PlayerBooks {
            name: name.into(),
            before,
            after,
            paid: 1_000,
            payout,
        };
        Books {
            players: vec![
                player("Ada", 5_000, 5_900, 1_900),
                player("Cato", 5_000, 4_000, 0),
            ],
            guests: vec![],
            treasury_before: 7,
            treasury_after: 67,
            supply_before: 10_007,
            supply_after: 9_967,
            burned: 40,
            vault_after: 0,
            fee: 60,
            burn: 40,
        }
    }

    fn check(change: impl Fn(&mut Books), expected: &[&str]) {
        let mut books = books();
        change(&mut books);
        let money = Money {
            decimals: 2,
            symbol: String::new(),
        };
        let wrong = audit(&books, &money);
        assert_eq!(wrong.len(), expected.len(), "{wrong:?}");
        for (sentence, part) in wrong.iter().zip(expected) {
            assert!(sentence.contains(part), "{sentence}");
        }
    }

    #[test]
    fn report_67_guests_and_tokens_minted_for_them_are_counted() {
        check(
            |books| {
                books.supply_after += 500;
                books.guests.push(GuestBooks {
                    paid: 1_000,
                    payout: 700,
                });
                books.guests.push(GuestBooks { paid: 0, payout: 300 });
            },
            &[],
        );
    }

    #[test]
    fn every_kind_of_difference_is_found_and_named() {
        check(|_| {}, &[]);
        check(
            |books| books.players[0].after -= 1,
            &["the balance of Ada is 58.99 and should be 59.00 (−0.01)"],
        );
        check(|books| books.treasury_after += 1, &["treasury"]);
        check(|books| books.burned = 0, &["burned"]);
        check(|books| books.supply_after -= 1, &["supply"]);
        check(|books| books.vault_after = 3, &["vault"]);
        check(
            |books| {
                books.players[1].payout = 10;
                books.players[1].after += 10;
            },
            &["sum of payouts"],
        );
        check(
            |books| books.guests.push(GuestBooks { paid: 10, payout: 0 }),
            &["sum of payouts"],
        );
        // A computed payout that nobody could have: the balance would be negative.
        check(|books| books.players[1].before = 100, &["Cato"]);
    }
}
