//! After a match whose crank lied: how it was caught, and where the money went.
//!
//! What should have happened is computed from the entries and the bond that the match had reserved, what did
//! happen is read from token accounts and from the program's events.

use std::time::Duration;

use anyhow::{Context, Result};
use aurelius::event::{FraudProven, MatchVoided};
use client::aurelius;
use client::aurelius::state::divide;
use client::event::Event;
use client::history::{self, HistoryOptions};
use client::view::{fetch, MatchStatus, MatchView};
use client::Pubkey;
use crank::CheatKind;
use player::bots::crew::Bot;
use player::chain::wait_for;
use protocol::{Hash, MatchKey};

use super::proof::Balances;
use super::stack::Stack;
use crate::terminal::{plural, short, Align, Colour, Console, Money, Table};

/// How long shares and award may take after the stakes are back.
const SHARES_PATIENCE: Duration = Duration::from_secs(60);

/// Prints how the lie was caught and checks all money; whether the program found it and everybody has what is
/// due.
pub(super) async fn expose(
    stack: &Stack,
    crew: &[Bot],
    console: &Console,
    key: &MatchKey,
    before: &Balances,
    kind: CheatKind,
) -> Result<bool> {
    let address = Pubkey::new_from_array(key.0);
    let view = wait_for(
        "the bond to be shared",
        SHARES_PATIENCE,
        Duration::from_millis(200),
        || async {
            let view = fetch::match_account(&stack.chain.rpc, address).await?;
            Ok(view.filter(|view| view.header.owed == 0 && !view.header.slash_outstanding()))
        },
    )
    .await?;
    let after = Balances::read(stack, crew, key).await?;
    let evidence = Evidence::read(stack, address).await?;
    console.say("");
    evidence.say(console, &stack.money, kind);
    let wrong = check(stack, crew, &view, before, &after, kind, &evidence);
    say_losses(console, &stack.money, crew, &view, &after, before);
    for sentence in &wrong {
        console.say(format!("  FAILED   {sentence}"));
    }
    let style = console.style();
    console.say(if wrong.is_empty() {
        style.paint(Colour::Good, "caught: ok")
    } else {
        style.paint(
            Colour::Bad,
            &format!("caught: FAILED ({})", plural(wrong.len(), "problem")),
        )
    });
    Ok(wrong.is_empty())
}

/// What the program said.
struct Evidence {
    /// The program's event about the proven lie, and its transaction in base58.
    fraud: Option<(FraudProven, String)>,
    /// The program's event about the voided match, and its transaction in base58.
    voided: Option<(MatchVoided, String)>,
}

impl Evidence {
    async fn read(stack: &Stack, address: Pubkey) -> Result<Self> {
        let history = history::of_match(&stack.chain.rpc, address, HistoryOptions::default(), |_| {})
            .await
            .context("the match cannot be read back from the chain")?;
        let mut evidence = Self {
            fraud: None,
            voided: None,
        };
        for item in &history.items {
            for event in &item.events {
                let signature = item.signature.to_string();
                match event {
                    Event::FraudProven(event) => evidence.fraud = Some((event.clone(), signature)),
                    Event::MatchVoided(event) => evidence.voided = Some((event.clone(), signature)),
                    _ => {}
                }
            }
        }
        Ok(evidence)
    }

    fn say(&self, console: &Console, money: &Money, kind: CheatKind) {
        console.say(format!("  lie      {}", kind.name()));
        if let Some((fraud, signature)) = &self.fraud {
            console.say(format!(
                "  caught   checkpoint {}, segment {}: the program stepped it again",
                fraud.index, fraud.segment
            ));
            console.say(format!("  claimed  {}", Hash(fraud.claimed_leaf)));
            let computed = if fraud.computed_leaf == [0; 32] {
                "the rules refuse the posted inputs".to_owned()
            } else {
                Hash(fraud.computed_leaf).to_string()
            };
            console.say(format!("  computed {computed}"));
            console.say(format!("  proof    {signature}"));
        }
        if let Some((voided, signature)) = &self.voided {
            if self.fraud.is_none() {
                console.say(format!(
                    "  caught   nothing came after {}, and the deadline passed",
                    plural(voided.checkpoints_posted as usize, "checkpoint")
                ));
                console.say(format!("  voided   {signature}"));
            }
            console.say(format!(
                "  bond     {} forfeit: {} burned, {} to {}, {} to the players for each warrior",
                money.text(voided.slash),
                money.text(voided.slash_burn),
                money.text(voided.award),
                short(&voided.challenger.to_string()),
                money.text(voided.compensation_per_warrior)
            ));
        }
    }
}

fn check(
    stack: &Stack,
    crew: &[Bot],
    view: &MatchView,
    before: &Balances,
    after: &Balances,
    kind: CheatKind,
    evidence: &Evidence,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let header = &view.header;
    if view.status != MatchStatus::Voided {
        wrong.push(format!("the match is {:?} and should be voided", view.status));
    }
    if evidence.fraud.is_none() && kind != CheatKind::Silence {
        wrong.push("the program found no fraud".to_owned());
    }
    let division = divide(
        header.bond_reserved,
        header.burn_bps,
        header.reporter_bps,
        header.warriors_admitted,
    );
    let mut same = |what: String, expected: u64, found: u64| {
        if expected != found {
            let (expected, found) = (stack.money.text(expected), stack.money.text(found));
            wrong.push(format!("{what} is {found} and should be {expected}"));
        }
    };
    for (bot, (had, has)) in crew.iter().zip(before.players.iter().zip(&after.players)) {
        let warriors = view.player(&bot.address()).map_or(0, |player| player.warriors);
        let expected = had + division.per_warrior * u64::from(warriors);
        same(format!("the balance of {}", bot.name), expected, *has);
    }
    // Whoever reported it: the watchtower, unless somebody was faster.
    let watched = stack.watch.as_ref();
    let awarded = if watched.is_some_and(|watch| watch.address() == header.challenger) {
        division.award
    } else {
        0
    };
    same(
        "the watchtower's balance".to_owned(),
        before.watchtower + awarded,
        after.watchtower,
    );
    same(
        "the operator's bond".to_owned(),
        before.bond - header.bond_reserved,
        after.bond,
    );
    same(
        "the treasury's balance".to_owned(),
        before.treasury,
        after.treasury,
    );
    same(
        "the token's supply".to_owned(),
        before.supply - division.burnt,
        after.supply,
    );
    same("the vault's balance".to_owned(), 0, after.vault);
    wrong
}

/// Who lost what, and who got it: the last column adds up to nothing.
fn say_losses(
    console: &Console,
    money: &Money,
    crew: &[Bot],
    view: &MatchView,
    after: &Balances,
    before: &Balances,
) {
    let mut table = Table::new(&[
        ("who", Align::Left),
        ("staked", Align::Right),
        ("came back", Align::Right),
        ("net", Align::Right),
    ]);
    let net = |had: u64, has: u64| {
        let net = i128::from(has) - i128::from(had);
        let colour = if net < 0 { Colour::Bad } else { Colour::Good };
        console.style().paint(colour, &money.signed(net))
    };
    for (bot, (had, has)) in crew.iter().zip(before.players.iter().zip(&after.players)) {
        let paid = view.player(&bot.address()).map_or(0, |player| player.paid);
        table.row([
            bot.name.clone(),
            money.number(paid),
            money.number(paid.saturating_add(has.saturating_sub(*had))),
            net(*had, *has),
        ]);
    }
    table.row(["operator's bond", "", "", &net(before.bond, after.bond)]);
    table.row(["watchtower", "", "", &net(before.watchtower, after.watchtower)]);
    // What left the supply.
    table.row(["burned", "", "", &net(after.supply, before.supply)]);
    console.say("");
    for line in table.lines(console.style()) {
        console.say(line);
    }
}
