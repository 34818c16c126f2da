//! What governance and operators' commands share: the chain, who signs, how an answer and an amount are
//! shown.
//!
//! Invariant: every command that signs prints the transaction's signature, and nothing is printed before it
//! landed.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{anyhow, bail, Context as _, Result};
use arena::{HostSha256, Rules};
use clap::Args;
use client::sender::{Confirmed, SenderConfig};
use client::view::{fetch, ConfigView, OperatorView};
use client::Pubkey;
use player::chain::{mint_info, Chain, MintInfo};
use serde_json::{json, Value};
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::chain::check_reachable;
use crate::config::{self, missing, read_keypair, ChainArgs};
use crate::failure::{Advise, ConfigError};
use crate::operation::bidding;
use crate::terminal::{duration, Colour, Console, Money};

/// What the network aimed at for years, where the chain does not say how long its slots are.
const SLOT_ASSUMED: Duration = Duration::from_millis(400);

/// What every such command takes.
#[derive(Debug, Clone, Args)]
pub(super) struct ReadArgs {
    /// Print the answer as one JSON object; amounts are strings of base units there
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub chain: ChainArgs,
}

/// What every command takes that sends a transaction.
#[derive(Debug, Clone, Args)]
pub(super) struct SignArgs {
    /// Key pair file of who signs and pays the fee
    #[arg(long, env = "AURELIUS_KEYPAIR", value_name = "FILE")]
    pub keypair: Option<PathBuf>,
    /// Highest bid for inclusion, in micro-lamports a compute unit; the bid follows recent fees up to it [default: none on loopback, 50000 elsewhere]
    #[arg(long, env = "AURELIUS_PRIORITY_FEE_MAX", value_name = "MICROLAMPORTS")]
    pub priority_fee_max: Option<u64>,
    #[command(flatten)]
    pub read: ReadArgs,
}

/// Which token.
#[derive(Debug, Clone, Args)]
pub(super) struct MintArgs {
    /// Mint of the token that is played for
    #[arg(long, env = "AURELIUS_MINT", value_name = "ADDRESS", value_parser = config::parse_mint)]
    pub mint: Option<Pubkey>,
    /// What people call the token
    #[arg(long, env = "AURELIUS_SYMBOL", value_name = "NAME", default_value = "TOKEN")]
    pub symbol: String,
}

impl ReadArgs {
    /// A handle to the chain that only reads.
    pub(super) async fn connect(&self) -> Result<Chain> {
        let chain = self.chain.resolve()?.chain(SenderConfig::default())?;
        check_reachable(&chain).await?;
        Ok(chain)
    }
}

impl SignArgs {
    /// A handle to the chain, and who signs.
    pub(super) async fn connect(&self) -> Result<Desk> {
        let endpoints = self.read.chain.resolve()?;
        let path = self.keypair.as_ref().ok_or_else(|| {
            missing(
                "AURELIUS_KEYPAIR",
                "--keypair",
                "AURELIUS_KEYPAIR=$HOME/.config/solana/id.json",
            )
        })?;
        let signer = read_keypair(path, "AURELIUS_KEYPAIR", "--keypair")?;
        let chain = endpoints.chain(bidding(&endpoints, self.priority_fee_max))?;
        check_reachable(&chain).await?;
        Ok(Desk { chain, signer })
    }
}

impl MintArgs {
    /// The address. Errors when none is given.
    pub(super) fn address(&self) -> Result<Pubkey, ConfigError> {
        self.mint.ok_or_else(|| {
            missing(
                "AURELIUS_MINT",
                "--mint",
                "AURELIUS_MINT=So11111111111111111111111111111111111111112",
            )
        })
    }

    /// The mint as the chain has it, and how its amounts are shown.
    pub(super) async fn read(&self, chain: &Chain) -> Result<(MintInfo, Money)> {
        let mint = mint_info(chain, &self.address()?)
            .await
            .context("AURELIUS_MINT (or --mint)")?;
        let money = Money {
            decimals: mint.decimals,
            symbol: self.symbol.clone(),
        };
        Ok((mint, money))
    }
}

/// A chain, and who signs there.
pub(super) struct Desk {
    /// The way to the chain.
    pub chain: Chain,
    /// Who signs and pays.
    pub signer: Keypair,
}

impl Desk {
    /// Who signs.
    pub(super) fn address(&self) -> Pubkey {
        self.signer.pubkey()
    }

    /// The config. Errors when there is none, and when the signer does not govern it.
    pub(super) async fn governed(&self) -> Result<ConfigView> {
        let config = read_config(&self.chain).await?;
        if config.authority != self.address() {
            return Err(wrong_signer(format!(
                "is the key pair of {}, and the config's authority is {}",
                self.address(),
                config.authority
            ))
            .into());
        }
        Ok(config)
    }
}

/// A key pair that may not do what was asked for.
pub(super) fn wrong_signer(problem: String) -> ConfigError {
    ConfigError::new(
        "AURELIUS_KEYPAIR (or --keypair)",
        problem,
        "AURELIUS_KEYPAIR=authority.json, the key pair file of that address",
    )
}

/// The config. Errors when there is none.
pub(super) async fn read_config(chain: &Chain) -> Result<ConfigView> {
    fetch::config(&chain.rpc)
        .await?
        .ok_or_else(|| {
            anyhow!(
                "there is no config at {} on this chain",
                client::address::config()
            )
        })
        .advise("create it with `aurelius governance init`, or check AURELIUS_RPC_URL (or --rpc-url)")
}

/// The operator account of a wallet in a mint. Errors when there is none.
pub(super) async fn read_operator(chain: &Chain, wallet: &Pubkey, mint: &Pubkey) -> Result<OperatorView> {
    fetch::operator(&chain.rpc, client::address::operator(wallet, mint))
        .await?
        .ok_or_else(|| anyhow!("{wallet} is not registered as operator for the mint {mint}"))
        .advise("register with `aurelius operator register`, signed by that wallet")
}

/// What a command has to say, for people and for programs.
pub(super) struct Answer {
    /// What people read, a line each.
    pub lines: Vec<String>,
    /// Lines that deserve attention.
    pub warnings: Vec<String>,
    /// An object.
    pub json: Value,
}

impl Answer {
    /// What a transaction did.
    pub(super) fn sent(lines: Vec<String>, confirmed: &Confirmed, mut json: Value) -> Answer {
        let signature = confirmed.signature.to_string();
        json["signature"] = json!(signature);
        json["slot"] = json!(confirmed.slot);
        let mut lines = lines;
        lines.push(format!("  transaction  {signature}"));
        Answer {
            lines,
            warnings: Vec::new(),
            json,
        }
    }

    /// Prints it to standard output.
    pub(super) fn print(self, console: &Console, as_json: bool) -> Result<()> {
        if as_json {
            let mut json = self.json;
            json["warnings"] = json!(self.warnings);
            console.say(serde_json::to_string_pretty(&json)?);
            return Ok(());
        }
        for line in &self.lines {
            console.say(line);
        }
        for warning in &self.warnings {
            let mark = console.style().paint(Colour::Warning, "warning:");
            console.say(format!("{mark} {warning}"));
        }
        Ok(())
    }
}

/// A line of a name and its value.
pub(super) fn field(name: &str, value: impl std::fmt::Display) -> String {
    format!("  {name:<12} {value}")
}

/// How long slots are, to tell spans by: deadlines are slots, and times made of them are estimates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SlotTime {
    length: Duration,
    /// Not assumed.
    measured: bool,
}

impl SlotTime {
    /// As the chain was in the last minutes. What it cannot say is assumed.
    pub(super) async fn measure(chain: &Chain) -> SlotTime {
        let measured = chain.rpc.slot_time().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "how long slots are is not known");
            None
        });
        SlotTime {
            length: measured.unwrap_or(SLOT_ASSUMED),
            measured: measured.is_some(),
        }
    }

    /// `400 ms, measured` or `400 ms, assumed`.
    pub(super) fn describe(self) -> String {
        let how = match self.measured {
            true => "measured",
            false => "assumed: the endpoint has no measurements",
        };
        format!("{} ms, {how}", self.length.as_millis())
    }

    /// Milliseconds, for programs; none if it is only assumed.
    pub(super) fn measured_ms(self) -> Option<f64> {
        self.measured.then_some(self.length.as_secs_f64() * 1_000.0)
    }

    /// A number of slots and about how long they take: `1500 slots, about 10 min 00 s`.
    pub(super) fn slots(self, count: u64) -> String {
        let noun = if count == 1 { "slot" } else { "slots" };
        format!("{count} {noun}, about {}", self.time_of(count))
    }

    /// About how long so many slots take.
    fn time_of(self, count: u64) -> String {
        let span = self
            .length
            .saturating_mul(u32::try_from(count).unwrap_or(u32::MAX));
        let hours = span.as_secs() / 3_600;
        match hours {
            0 => duration(span),
            1..48 => format!("{hours} h {:02} min", span.as_secs() / 60 % 60),
            _ => format!("{} days", hours / 24),
        }
    }
}

/// The newest slot, and how long slots are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// The newest slot.
    pub slot: u64,
    /// How long slots are.
    pub time: SlotTime,
}

impl Moment {
    /// As the chain says now.
    pub(super) async fn of(chain: &Chain) -> Result<Moment> {
        Ok(Moment {
            slot: chain.rpc.slot().await?,
            time: SlotTime::measure(chain).await,
        })
    }

    /// A slot as seen from now: `slot 900, in 100 slots, about 40.0 s` or `slot 900, 3 slots, about 1.2 s
    /// ago`.
    pub(super) fn seen(self, slot: u64) -> String {
        match slot.checked_sub(self.slot) {
            Some(0) => format!("slot {slot}, now"),
            Some(left) => format!("slot {slot}, in {}", self.time.slots(left)),
            None => format!("slot {slot}, {} ago", self.time.slots(self.slot - slot)),
        }
    }
}

/// The tables that have a name.
const NAMED_RULES: [(&str, Rules); 2] = [("Blitz", Rules::BLITZ), ("Siege", Rules::SIEGE)];

/// The name of a rules table, if it is one of ours.
pub(super) fn rules_name(hash: &[u8; 32]) -> Option<&'static str> {
    NAMED_RULES
        .iter()
        .find(|(_, rules)| rules.hash::<HostSha256>() == *hash)
        .map(|(name, _)| *name)
}

/// Reads `blitz`, `siege`, or the hash of a rules table in hex.
pub(super) fn parse_rules(text: &str) -> Result<[u8; 32], String> {
    if let Some((_, rules)) = NAMED_RULES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(text))
    {
        return Ok(rules.hash::<HostSha256>());
    }
    let mut hash = [0; 32];
    hex::decode_to_slice(text, &mut hash)
        .map_err(|_| format!("`{text}` is no rules table: blitz, siege, or its hash as 64 hex digits"))?;
    Ok(hash)
}

/// A chain's hash as people write it.
pub(super) fn base58(hash: [u8; 32]) -> String {
    Pubkey::new_from_array(hash).to_string()
}

/// Refuses what is so already, so that a script does not believe it changed something.
pub(super) fn refuse_if(already: bool, problem: impl FnOnce() -> String) -> Result<()> {
    if already {
        bail!("{}; nothing was sent", problem());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_go_by_name_or_hash() {
        let blitz = Rules::BLITZ.hash::<HostSha256>();
        assert_eq!(parse_rules("blitz"), Ok(blitz));
        assert_eq!(parse_rules("Blitz"), Ok(blitz));
        assert_eq!(parse_rules(&hex::encode(blitz)), Ok(blitz));
        assert_eq!(
            rules_name(&Rules::SIEGE.hash::<HostSha256>()),
            Some("Siege"),
            "a hash has its name"
        );
        assert_eq!(rules_name(&[1; 32]), None);
        for wrong in ["", "blitzkrieg", "ab", &"g".repeat(64), &"é".repeat(32)] {
            let problem = parse_rules(wrong).unwrap_err();
            assert!(
                problem.contains("blitz, siege, or its hash as 64 hex digits"),
                "{problem}"
            );
        }
    }

    #[test]
    fn report_04_slots_are_told_with_their_time_as_measured() {
        let of = |ms| SlotTime {
            length: Duration::from_millis(ms),
            measured: true,
        };
        let slow = of(400);
        assert_eq!(slow.slots(1), "1 slot, about 400 ms");
        assert_eq!(slow.slots(1_500), "1500 slots, about 10 min 00 s");
        assert_eq!(slow.slots(216_000), "216000 slots, about 24 h 00 min");
        assert_eq!(slow.slots(6_480_000), "6480000 slots, about 30 days");
        let seen = |now, slot| {
            Moment {
                slot: now,
                time: slow,
            }
            .seen(slot)
        };
        assert_eq!(seen(10, 10), "slot 10, now");
        assert_eq!(seen(10, 15), "slot 15, in 5 slots, about 2.0 s");
        assert_eq!(seen(20, 15), "slot 15, 5 slots, about 2.0 s ago");
        assert_eq!(of(200).slots(1_500), "1500 slots, about 5 min 00 s");
        assert_eq!(of(200).describe(), "200 ms, measured");
        let assumed = SlotTime {
            measured: false,
            ..slow
        };
        assert!(assumed.describe().starts_with("400 ms, assumed"));
        assert_eq!(assumed.measured_ms(), None);
    }
}
