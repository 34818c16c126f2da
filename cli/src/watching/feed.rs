//! What happens, in one line each.

use protocol::directory::MatchEvent;
use protocol::wire::{Cause, EndReason, PowerUpKind, TickEvent};

use crate::terminal::{short, Colour, Money};
use crate::watching::Cast;

/// A line for an event in the arena; none for what happens too often to be told.
pub fn tick_line(event: &TickEvent, cast: &Cast) -> Option<String> {
    let style = cast.style();
    Some(match event {
        TickEvent::Hit { .. } => return None,
        TickEvent::Kill {
            attacker,
            victim,
            streak,
        } => {
            let streak = match streak {
                0 | 1 => String::new(),
                many => style.paint(Colour::Warning, &format!(", {many} in a row")),
            };
            format!(
                "{} eliminates {}{streak}",
                cast.warrior(*attacker),
                cast.warrior(*victim)
            )
        }
        TickEvent::Died {
            cause: Cause::Combat, ..
        } => return None,
        TickEvent::Died {
            warrior,
            cause: Cause::Environment,
        } => {
            format!("{} succumbs to the heat", cast.warrior(*warrior))
        }
        TickEvent::Died {
            warrior,
            cause: Cause::Zone,
        } => {
            format!("{} dies outside the safe zone", cast.warrior(*warrior))
        }
        TickEvent::Pickup { warrior, kind } => {
            format!("{} picks up {}", cast.warrior(*warrior), power_up_name(*kind))
        }
        TickEvent::Ended { reason } => style.paint(
            Colour::Bold,
            match reason {
                EndReason::LastPlayer => "the match is over: one player is left",
                EndReason::FullTime => "the match is over: full time",
                EndReason::AllDead => "the match is over: everybody fell at once",
            },
        ),
    })
}

/// A line for what happens outside the arena; none for what only programs care about.
pub fn event_line(event: &MatchEvent, cast: &Cast, money: &Money) -> Option<String> {
    Some(match event {
        MatchEvent::Status { status, signature } => {
            let by = signature.map(|signature| format!(" ({})", short(&signature.to_string())));
            format!("on chain: {}{}", status.name(), by.unwrap_or_default())
        }
        MatchEvent::Entered(player) => {
            format!(
                "{} enters with {}",
                cast.player(player.slot),
                money.text(player.paid.0)
            )
        }
        MatchEvent::Left { slot, .. } => format!("{} leaves and is refunded", cast.player(*slot)),
        MatchEvent::Started { seed, .. } => format!("started with seed {}", short(&seed.to_string())),
        MatchEvent::Checkpoint(checkpoint) => {
            let signature = checkpoint.posted_in?;
            format!(
                "checkpoint {} is on chain, up to tick {} ({})",
                checkpoint.index,
                checkpoint.tick,
                short(&signature.to_string())
            )
        }
        MatchEvent::Ended { tick } => format!("ended at tick {tick}; the result goes on chain"),
        MatchEvent::Paused { tick } => format!("the chain stands still; the arena waits at tick {tick}"),
        MatchEvent::Resumed { tick } => format!("the chain moves again; the arena goes on at tick {tick}"),
        MatchEvent::Result(result) => format!(
            "result: pot {}, fee {}, burned {}",
            money.text(result.pot.0),
            money.number(result.fee.0),
            money.number(result.burn.0)
        ),
        MatchEvent::Paid {
            slot,
            amount,
            refund,
            signature,
        } => format!(
            "{} {} {} ({})",
            cast.player(*slot),
            if *refund { "gets back" } else { "is paid" },
            money.text(amount.0),
            short(&signature.to_string())
        ),
    })
}

fn power_up_name(kind: PowerUpKind) -> &'static str {
    match kind {
        PowerUpKind::Rage => "rage",
        PowerUpKind::Shield => "a shield",
        PowerUpKind::Speed => "speed",
        PowerUpKind::Heal => "a heal",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::Style;
    use protocol::wire::{Snapshot, Warrior};
    use protocol::{PlayerSlot, WarriorIndex};

    fn cast() -> Cast {
        let warrior = |owner| Warrior {
            owner: PlayerSlot(owner),
            hp: 100,
            x: 1,
            y: 1,
            heading: 0,
            effect: protocol::wire::Effect::None,
            kills: 0,
            streak: 0,
        };
        let mut cast = Cast::new(Style::PLAIN);
        let warriors = vec![warrior(0), warrior(3), warrior(3)];
        cast.learn_owners(&Snapshot {
            warriors,
            ..Snapshot::default()
        });
        cast
    }

    fn check(event: TickEvent, expected: Option<&str>) {
        assert_eq!(tick_line(&event, &cast()).as_deref(), expected);
    }

    #[test]
    fn eliminations_are_told_with_names_and_streaks() {
        let (attacker, victim) = (WarriorIndex(0), WarriorIndex(2));
        check(
            TickEvent::Kill {
                attacker,
                victim,
                streak: 1,
            },
            Some("#0 eliminates #3/b"),
        );
        check(
            TickEvent::Kill {
                attacker,
                victim,
                streak: 3,
            },
            Some("#0 eliminates #3/b, 3 in a row"),
        );
        check(
            TickEvent::Died {
                warrior: victim,
                cause: Cause::Combat,
            },
            None,
        );
        check(
            TickEvent::Died {
                warrior: WarriorIndex(1),
                cause: Cause::Zone,
            },
            Some("#3/a dies outside the safe zone"),
        );
        check(
            TickEvent::Died {
                warrior: WarriorIndex(99),
                cause: Cause::Environment,
            },
            Some("warrior 99 succumbs to the heat"),
        );
    }
}
