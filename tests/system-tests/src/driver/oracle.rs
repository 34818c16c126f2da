//! What Switchboard has on a real cluster, for a chain that runs the mock at its id: queue, oracle, state, statistics.

use client::instruction::RandomnessSource;
use client::{address, Pubkey};
use localnet::GenesisAccount;

/// The one oracle.
pub const ORACLE: Pubkey = Pubkey::new_from_array([0x0f; 32]);
/// Its queue.
pub const QUEUE: Pubkey = Pubkey::new_from_array([0x0e; 32]);

/// Offsets as in `client::entropy::switchboard`, which reads what is written here.
const QUEUE_LEN: usize = 6_280;
const QUEUE_DISCRIMINATOR: [u8; 8] = [217, 194, 55, 127, 184, 83, 138, 1];
const QUEUE_ORACLES_OFFSET: usize = 1_064;
const QUEUE_ORACLES_COUNT_OFFSET: usize = 5_204;
const ORACLE_LEN: usize = 4_936;
const ORACLE_DISCRIMINATOR: [u8; 8] = [128, 30, 16, 241, 170, 73, 55, 54];
const ORACLE_GATEWAY_OFFSET: usize = 3_584;
const ORACLE_ON_QUEUE_OFFSET: usize = 3_656;

pub fn source() -> RandomnessSource {
    RandomnessSource {
        program: mock_switchboard::ID,
        queue: QUEUE,
    }
}

/// The accounts to write at genesis. The oracle names `gateway`, at most 64 bytes, as real ones do; none where its port is
/// not known yet.
pub fn accounts(gateway: Option<&str>) -> Vec<GenesisAccount> {
    let program = mock_switchboard::ID;
    let mut queue = vec![0; QUEUE_LEN];
    queue[..8].copy_from_slice(&QUEUE_DISCRIMINATOR);
    queue[QUEUE_ORACLES_OFFSET..][..32].copy_from_slice(ORACLE.as_ref());
    queue[QUEUE_ORACLES_COUNT_OFFSET] = 1;
    let mut oracle = vec![0; ORACLE_LEN];
    oracle[..8].copy_from_slice(&ORACLE_DISCRIMINATOR);
    let gateway = gateway.unwrap_or_default();
    oracle[ORACLE_GATEWAY_OFFSET..][..gateway.len()].copy_from_slice(gateway.as_bytes());
    oracle[ORACLE_ON_QUEUE_OFFSET] = 1;
    [
        (QUEUE, queue),
        (ORACLE, oracle),
        (address::switchboard_state(&program), vec![0; 8]),
        (address::switchboard_oracle_stats(&program, &ORACLE), vec![0; 8]),
    ]
    .map(|(address, data)| GenesisAccount {
        address,
        owner: program,
        lamports: None,
        data,
    })
    .into()
}
