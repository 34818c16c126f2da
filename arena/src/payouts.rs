//! Ranking and payouts: a pure function of the final state and of what each player paid.
//!
//! Players are ranked by: a warrior alive, the sum of hit points, eliminations, damage dealt. Full ties share their
//! places' money equally. `payouts + fee + burn = pot`, exactly, for every pot.

#[cfg(test)]
mod tests;

use crate::error::ArenaError;
use crate::rules::Rules;
use crate::state::State;
use crate::MAX_PLAYERS;

/// What a player is ranked by, the first field first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlayerScore {
    /// Whether a warrior of theirs lives.
    pub alive: bool,
    /// Sum of the hit points of their warriors, in hundredths.
    pub hp_centi: u32,
    /// Eliminations credited to their warriors.
    pub kills: u32,
    /// Damage their warriors dealt, in centi-HP.
    pub damage_centi: u32,
}

/// What becomes of the money of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// What the players in the match paid together.
    pub pot: u64,
    /// The operator's fee.
    pub fee: u64,
    /// What is burned.
    pub burn: u64,
    /// What goes back to late entries that were never admitted; not part of the pot.
    pub refunded: u64,
}

/// Scores packed into one number each, 0 for those who are not in the match.
struct Keys([u64; MAX_PLAYERS]);

/// alive (1 bit), hit points (20), eliminations (12), damage (24), in the match (1).
fn collect_keys(state: &State<'_>) -> Keys {
    let mut keys = Keys([0; MAX_PLAYERS]);
    for warrior in state.warriors() {
        let Some(key) = keys.0.get_mut(usize::from(warrior.owner())) else {
            continue;
        };
        let alive = if warrior.alive() { ALIVE } else { *key & ALIVE };
        let sums = (*key & !ALIVE)
            + (u64::from(warrior.hp_centi()) << 37)
            + (u64::from(warrior.kills()) << 25)
            + (u64::from(warrior.damage_centi()) << 1);
        *key = alive | sums | 1;
    }
    keys
}

const ALIVE: u64 = 1 << 57;

/// The score of one player; `None` when no warrior of theirs is in the match.
pub fn player_score(state: &State<'_>, player: u8) -> Option<PlayerScore> {
    let mut warriors = state
        .warriors()
        .iter()
        .filter(|warrior| warrior.owner() == player)
        .peekable();
    warriors.peek()?;
    Some(
        warriors.fold(PlayerScore::default(), |score, warrior| PlayerScore {
            alive: score.alive || warrior.alive(),
            hp_centi: score.hp_centi + u32::from(warrior.hp_centi()),
            kills: score.kills + u32::from(warrior.kills()),
            damage_centi: score.damage_centi + warrior.damage_centi(),
        }),
    )
}

/// Places by player index: 1 is first, full ties share the better place, 0 is not in the match.
pub fn places(state: &State<'_>) -> [u8; MAX_PLAYERS] {
    let keys = collect_keys(state);
    let mut places = [0; MAX_PLAYERS];
    for (place, &key) in places.iter_mut().zip(&keys.0) {
        if key != 0 {
            *place = 1 + keys.0.iter().filter(|&&other| other > key).count() as u8;
        }
    }
    places
}

/// `⌊amount · bps / 10,000⌋` without a wider product.
fn share(amount: u64, bps: u16) -> u64 {
    let bps = u64::from(bps);
    amount / 10_000 * bps + amount % 10_000 * bps / 10_000
}

/// Computes what every player gets: `paid[player]` is what they paid, `out[player]` becomes their payout or refund.
///
/// The pot is what players with a warrior in the match paid. Place `k` gets `⌊pot · place_bps[k] / 10,000⌋`; places
/// that no player fills, and what rounding left over, go to the first place. Tied players share the sum of the places
/// they fill; what does not divide goes to the lowest player index among them. A player who paid and has no warrior in
/// the match gets all of it back.
///
/// # Errors
/// [`ArenaError::Settlement`] when the match has not ended, when `paid` does not cover an owner, when the sum
/// overflows; [`ArenaError::Length`] when `out` is not as long as `paid`; [`ArenaError::Rules`], [`ArenaError::State`].
/// `out` is meaningless then.
#[inline(never)]
pub fn share_out(
    rules: &Rules,
    state: &State<'_>,
    paid: &[u64],
    out: &mut [u64],
) -> Result<Settlement, ArenaError> {
    rules.validate()?;
    state.check_rules(rules)?;
    let refuse = |player, must| Err(ArenaError::Settlement { player, must });
    if !state.ended() {
        return refuse(0, "the match has ended");
    }
    if paid.len() > MAX_PLAYERS {
        return refuse(paid.len(), "a match has at most 100 players");
    }
    if out.len() != paid.len() {
        return Err(ArenaError::Length {
            what: "payouts",
            got: out.len(),
            expected: paid.len(),
        });
    }
    let keys = collect_keys(state);
    if let Some(player) = keys
        .0
        .iter()
        .enumerate()
        .skip(paid.len())
        .find_map(|(p, &key)| (key != 0).then_some(p))
    {
        return refuse(player, "the payments cover every owner of a warrior");
    }
    let mut pot = 0u64;
    let mut refunded = 0u64;
    for (player, ((&key, &amount), payout)) in keys.0.iter().zip(paid).zip(out.iter_mut()).enumerate() {
        let (total, refund) = if key == 0 {
            (&mut refunded, amount)
        } else {
            (&mut pot, 0)
        };
        *payout = refund;
        match total.checked_add(amount) {
            Some(sum) => *total = sum,
            None => return refuse(player, "all payments together fit 64 bits"),
        }
    }
    let (fee, burn) = (share(pot, rules.fee_bps), share(pot, rules.burn_bps));
    distribute(rules, &keys, pot, pot - fee - burn, out);
    Ok(Settlement {
        pot,
        fee,
        burn,
        refunded,
    })
}

/// Pays `prize` to the places. Walks from the best score downwards, one group of tied players at a time.
fn distribute(rules: &Rules, keys: &Keys, pot: u64, prize: u64, out: &mut [u64]) {
    let mut places = rules.place_bps.map(|bps| share(pot, bps));
    let players = keys.0.iter().filter(|&&key| key != 0).count();
    // The first place takes the places nobody fills and what rounding left.
    places.iter_mut().skip(players).for_each(|place| *place = 0);
    let others: u64 = places.iter().skip(1).sum();
    places[0] = prize.saturating_sub(others);
    let mut first = 0usize;
    let mut above = u64::MAX;
    while first < places.len() {
        let Some(best) = keys
            .0
            .iter()
            .copied()
            .filter(|&key| key != 0 && key < above)
            .max()
        else {
            return;
        };
        let tied = keys.0.iter().filter(|&&key| key == best).count();
        let money: u64 = places.iter().skip(first).take(tied).sum();
        pay_group(keys, best, tied as u64, money, out);
        first += tied;
        above = best;
    }
}

/// Splits `money` among the players whose key is `best`, the remainder to the lowest index.
fn pay_group(keys: &Keys, best: u64, tied: u64, money: u64, out: &mut [u64]) {
    let (each, mut remainder) = (money / tied.max(1), money % tied.max(1));
    for (payout, _) in out.iter_mut().zip(&keys.0).filter(|(_, &key)| key == best) {
        *payout = each + remainder;
        remainder = 0;
    }
}
