//! What will not work, said at the start: before the first paid match, not after it.
//!
//! What makes running pointless is an error of [`super::preflight`]; what may still be mended while the crank
//! runs, or must not keep matches that exist from being finished, is a warning here, with what would be
//! right.

use std::time::Duration;

use client::aurelius::state::{Match, Trace};
use client::instruction::RandomnessSource;
use client::view::{fetch, ConfigView};

use super::tools::Tools;
use crate::chain::{clock, oracles};
use crate::config::MatchTemplate;

/// Lamports of a randomness account with its lookup table and escrow, as Switchboard makes them.
const RANDOMNESS_LAMPORTS: u64 = 4_231_680;
/// Bytes of a token account, with room for the extensions that Token-2022 puts there.
const VAULT_BYTES: usize = 182;
/// Lamports a transaction may cost: a signature, and a bid well above the floor.
const TRANSACTION_LAMPORTS: u64 = 25_000;
/// Transactions of a match other than its checkpoints, payments included.
const TRANSACTIONS: u64 = 60;
/// How far the machine's clock may be from the chain's, which is the middle of what validators say.
const CLOCK_SECONDS_MAX: u64 = 30;

/// Everything that will not work, for people.
pub(crate) async fn warnings(tools: &Tools) -> Vec<String> {
    let mut warnings = Vec::new();
    match fetch::config(&tools.carrier.reader.rpc).await {
        Ok(Some(program)) => {
            if program.paused {
                warnings.push("the program is paused: no match can be made and nobody can enter".to_owned());
            }
            warnings.extend(operators(tools, &program).await);
            warnings.extend(wallet(tools).await);
            warnings.extend(gateway(tools, &program.randomness).await);
        }
        Ok(None) => {}
        Err(error) => warnings.push(format!("the program's config cannot be read: {error}")),
    }
    warnings.extend(clock_warning(tools).await);
    warnings
}

/// Mints and operator accounts, also of mints in which nothing is offered now, and bonds.
async fn operators(tools: &Tools, program: &ConfigView) -> Vec<String> {
    let rpc = &tools.carrier.reader.rpc;
    let mut warnings = Vec::new();
    for named in &tools.config.mints {
        let mint = named.mint;
        if !program.mints.contains(&mint) {
            warnings.push(format!(
                "mint {mint} is not on the program's list: the config's authority must allow it"
            ));
        }
        let address = client::address::operator(&tools.carrier.reader.authority, &mint);
        match fetch::operator(rpc, address).await {
            Err(error) => warnings.push(format!("operator account {address} cannot be read: {error}")),
            Ok(None) => warnings.push(format!(
                "operator account {address} does not exist: register this keypair as an operator of mint {mint}"
            )),
            Ok(Some(operator)) if !operator.active => warnings.push(format!(
                "operator account {address} is not active: the config's authority must switch it on"
            )),
            Ok(Some(operator)) => {
                let offered = tools.config.templates().filter(|template| template.mint == mint);
                warnings.extend(offered.filter_map(|template| bond(program, template, operator.free_bond)));
            }
        }
    }
    warnings
}

/// A bond that does not answer for one match.
fn bond(program: &ConfigView, template: &MatchTemplate, free: u64) -> Option<String> {
    let needed = program
        .bond
        .requirement(template.stake_per_warrior, template.warriors_max)
        .unwrap_or(u64::MAX);
    (free < needed).then(|| {
        format!(
            "the bond is too small: a match of {} warriors at {} needs {needed} of mint {} in the smallest unit, and \
             {free} are free; deposit {} more",
            template.warriors_max,
            template.stake_per_warrior,
            template.mint,
            needed - free
        )
    })
}

/// A wallet that cannot pay for one match.
async fn wallet(tools: &Tools) -> Option<String> {
    let rpc = &tools.carrier.reader.rpc;
    let wallet = tools.carrier.reader.operator;
    let mut needed = 0;
    for template in tools.config.templates() {
        match lamports_of(tools, template).await {
            Ok(lamports) => needed = needed.max(lamports),
            Err(error) => return Some(format!("the rent of a match cannot be asked for: {error}")),
        }
    }
    match rpc.balance(&wallet).await {
        Ok(has) => (has < needed).then(|| {
            format!(
                "the operator's wallet {wallet} has {has} lamports, and one match needs up to {needed} for rent and \
                 fees: send it {} more",
                needed - has
            )
        }),
        Err(error) => Some(format!("the balance of the operator's wallet cannot be read: {error}")),
    }
}

/// What one match needs of the operator's wallet at most.
async fn lamports_of(tools: &Tools, template: &MatchTemplate) -> Result<u64, client::Error> {
    let rpc = &tools.carrier.reader.rpc;
    let checkpoints = template.rules.checkpoint_count();
    let mut lamports = RANDOMNESS_LAMPORTS;
    for bytes in [
        Match::space(template.players_max),
        Trace::space(checkpoints),
        VAULT_BYTES,
    ] {
        lamports += rpc.rent_exempt_minimum(bytes).await?;
    }
    Ok(lamports + (TRANSACTIONS + u64::from(checkpoints)) * TRANSACTION_LAMPORTS)
}

/// A randomness gateway that does not answer.
async fn gateway(tools: &Tools, source: &RandomnessSource) -> Option<String> {
    let reader = &tools.carrier.reader;
    let gateways = match &reader.gateway {
        Some(gateway) => vec![gateway.clone()],
        None => match oracles::candidates(&reader.rpc, source).await {
            Ok(candidates) => candidates
                .into_iter()
                .filter_map(|candidate| candidate.gateway)
                .collect(),
            Err(reason) => {
                return Some(format!(
                    "the oracles of the randomness queue cannot be read: {reason}"
                ))
            }
        },
    };
    let mut last = "no oracle of the randomness queue has a gateway and a recent heartbeat".to_owned();
    for gateway in gateways {
        match reader.entropy.probe(&gateway).await {
            Ok(()) => return None,
            Err(error) => last = error.to_string(),
        }
    }
    Some(format!(
        "no randomness gateway answers, so no match can be started: {last}"
    ))
}

/// A clock far from the chain's.
async fn clock_warning(tools: &Tools) -> Option<String> {
    let account = tools.carrier.reader.rpc.account(&clock::ADDRESS).await.ok()??;
    let chain_s = clock::unix_s(&account)?;
    let own_s = tools.carrier.clock.unix_ms().div_euclid(1_000);
    clock_difference(own_s, chain_s)
}

fn clock_difference(own_s: i64, chain_s: i64) -> Option<String> {
    let off = Duration::from_secs(own_s.abs_diff(chain_s));
    (off.as_secs() > CLOCK_SECONDS_MAX).then(|| {
        let way = if own_s > chain_s { "ahead of" } else { "behind" };
        format!(
            "this machine's clock is {} s {way} the chain's: set it (NTP), or matches begin at the wrong time after a restart",
            off.as_secs()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_57_a_clock_far_from_the_chains_is_named() {
        assert_eq!(clock_difference(1_000, 1_030), None);
        let behind = clock_difference(1_000, 1_031).unwrap();
        assert!(behind.contains("31 s behind"), "{behind}");
        let ahead = clock_difference(5_000, 1_400).unwrap();
        assert!(ahead.contains("3600 s ahead of"), "{ahead}");
    }
}
