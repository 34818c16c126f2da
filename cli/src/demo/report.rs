//! What is printed after a match: checkpoints, then players with stakes, payouts and transactions.

use crate::terminal::{short, Align, Colour, Console, Money, Table};

/// One line of the players' table.
#[derive(Debug, Clone)]
pub struct PlayerLine {
    /// What the player is called.
    pub name: String,
    /// How the bot plays.
    pub temper: &'static str,
    /// Place in the result, from 1; none without a result.
    pub place: Option<u8>,
    /// What they paid, in the mint's smallest unit.
    pub paid: u64,
    /// What they were paid, in the mint's smallest unit.
    pub payout: u64,
    /// Whether the payment is a stake that came back.
    pub refunded: bool,
    /// Transaction of the entry.
    pub entered_in: Option<String>,
    /// Transaction of the claim; none where nothing is due.
    pub claimed_in: Option<String>,
}

/// One line of the checkpoints' table.
#[derive(Debug, Clone)]
pub struct CheckpointLine {
    /// Number of the checkpoint, from 0.
    pub index: u32,
    /// The last tick that it covers.
    pub tick: u32,
    /// What the program wrote into the trace, in hexadecimal.
    pub digest: String,
    /// The transaction that posted it, in base58; none when it was not found.
    pub posted_in: Option<String>,
}

/// Where the rest of the pot went.
#[derive(Debug, Clone)]
pub struct ShareLine {
    /// Which share: the fee or the burn.
    pub name: &'static str,
    /// How much, in the mint's smallest unit.
    pub amount: u64,
    /// The transaction that moved it, in base58; none where nothing was due.
    pub signature: Option<String>,
}

/// Checkpoints that are listed on a terminal before the rest is summed up.
const CHECKPOINTS_SHOWN: usize = 3;

/// Prints the checkpoints: all of them into files, the first and last on a terminal.
pub fn say_checkpoints(console: &Console, lines: &[CheckpointLine]) {
    let mut table = Table::new(&[
        ("checkpoint", Align::Right),
        ("up to tick", Align::Right),
        ("digest", Align::Left),
        ("transaction", Align::Left),
    ]);
    let hidden = if console.interactive() {
        lines.len().saturating_sub(CHECKPOINTS_SHOWN + 1)
    } else {
        0
    };
    for (place, line) in lines.iter().enumerate() {
        if hidden > 0 && place == CHECKPOINTS_SHOWN {
            table.row([
                "…".to_owned(),
                String::new(),
                format!("{hidden} more"),
                "…".to_owned(),
            ]);
        }
        if hidden > 0 && (CHECKPOINTS_SHOWN..lines.len() - 1).contains(&place) {
            continue;
        }
        table.row([
            line.index.to_string(),
            line.tick.to_string(),
            short(&line.digest),
            signature(console, line.posted_in.as_ref()),
        ]);
    }
    for line in table.lines(console.style()) {
        console.say(line);
    }
}

/// Prints the players, best first, and the shares of treasury and burn.
pub fn say_players(console: &Console, money: &Money, players: &[PlayerLine], shares: &[ShareLine]) {
    let style = console.style();
    let mut table = Table::new(&[
        ("place", Align::Right),
        ("player", Align::Left),
        ("temper", Align::Left),
        ("stake", Align::Right),
        ("payout", Align::Right),
        ("net", Align::Right),
        ("entered in", Align::Left),
        ("paid in", Align::Left),
    ]);
    let mut ranked: Vec<&PlayerLine> = players.iter().collect();
    ranked.sort_by_key(|player| player.place.unwrap_or(u8::MAX));
    for player in ranked {
        let net = i128::from(player.payout) - i128::from(player.paid);
        let colour = if net > 0 { Colour::Good } else { Colour::Faint };
        let payout = if player.refunded { "refund " } else { "" };
        table.row([
            player
                .place
                .map_or_else(|| "–".to_owned(), |place| place.to_string()),
            player.name.clone(),
            player.temper.to_owned(),
            money.number(player.paid),
            format!("{payout}{}", money.number(player.payout)),
            style.paint(colour, &money.signed(net)),
            signature(console, player.entered_in.as_ref()),
            signature(console, player.claimed_in.as_ref()),
        ]);
    }
    for share in shares {
        table.row([
            String::new(),
            style.paint(Colour::Faint, share.name),
            String::new(),
            String::new(),
            money.number(share.amount),
            String::new(),
            String::new(),
            signature(console, share.signature.as_ref()),
        ]);
    }
    let paid: u64 = players.iter().map(|player| player.paid).sum();
    let out: u64 = players
        .iter()
        .map(|player| player.payout)
        .chain(shares.iter().map(|share| share.amount))
        .sum();
    let bold = |text: String| style.paint(Colour::Bold, &text);
    table.row([
        String::new(),
        bold("total".into()),
        String::new(),
        bold(money.number(paid)),
        bold(money.number(out)),
    ]);
    for line in table.lines(style) {
        console.say(line);
    }
}

/// Whole in files, where it can be copied from; short on a terminal, where it would break the table.
fn signature(console: &Console, signature: Option<&String>) -> String {
    match signature {
        None => "–".to_owned(),
        Some(signature) if console.interactive() => short(signature),
        Some(signature) => signature.clone(),
    }
}
