//! The accounts that Switchboard has on a real cluster, for a local chain with the mock program: state,
//! queue, one oracle, its statistics. Their layouts are those `client::entropy::switchboard` reads.
//!
//! | account | bytes | what is filled in |
//! |---|---|---|
//! | queue | 6,280 | discriminator, one oracle key at 1,064, the count 1 at 5,204 |
//! | oracle | 4,936 | discriminator, gateway address at 3,584 (64 bytes), `is_on_queue` at 3,656 |

use client::address;
use client::instruction::RandomnessSource;
use localnet::GenesisAccount;

use client::Pubkey;

/// Switchboard's program on mainnet, where the mock is loaded.
pub const PROGRAM: Pubkey = Pubkey::from_str_const("SBondMDrcV3K4kxZR1HNVT7osZxAHVHgYXL5Ze1oMUv");
/// Switchboard's queue on mainnet.
pub const QUEUE: Pubkey = Pubkey::from_str_const("A43DyUGA7s8eXPxqEjJY6EBu1KKbNgfxF8h17VAHn13w");
/// Address of the one oracle: nobody has its key.
pub const ORACLE: Pubkey = Pubkey::new_from_array(*b"the oracle of the mock, no key.\0");

const QUEUE_LEN: usize = 6_280;
const QUEUE_DISCRIMINATOR: [u8; 8] = [217, 194, 55, 127, 184, 83, 138, 1];
const QUEUE_ORACLES_OFFSET: usize = 1_064;
const QUEUE_ORACLES_COUNT_OFFSET: usize = 5_204;
const ORACLE_LEN: usize = 4_936;
const ORACLE_DISCRIMINATOR: [u8; 8] = [128, 30, 16, 241, 170, 73, 55, 54];
const ORACLE_GATEWAY_OFFSET: usize = 3_584;
const ORACLE_GATEWAY_LEN: usize = 64;
const ORACLE_ON_QUEUE_OFFSET: usize = 3_656;

/// Where matches of a local chain take their randomness from.
pub fn source() -> RandomnessSource {
    RandomnessSource {
        program: PROGRAM,
        queue: QUEUE,
    }
}

/// The accounts, to be written at genesis. `gateway` is where the oracle says it answers, at most 64 bytes;
/// none when the port is not known beforehand and the crank is told by its own setting.
pub fn accounts(gateway: Option<&str>) -> Vec<GenesisAccount> {
    let mut queue = vec![0; QUEUE_LEN];
    put(&mut queue, 0, &QUEUE_DISCRIMINATOR);
    put(&mut queue, QUEUE_ORACLES_OFFSET, ORACLE.as_ref());
    put(&mut queue, QUEUE_ORACLES_COUNT_OFFSET, &1u32.to_le_bytes());

    let mut oracle = vec![0; ORACLE_LEN];
    put(&mut oracle, 0, &ORACLE_DISCRIMINATOR);
    let text = gateway.unwrap_or_default().as_bytes();
    put(
        &mut oracle,
        ORACLE_GATEWAY_OFFSET,
        &text[..text.len().min(ORACLE_GATEWAY_LEN)],
    );
    put(&mut oracle, ORACLE_ON_QUEUE_OFFSET, &[1]);

    let owned = |address, data| GenesisAccount {
        address,
        owner: PROGRAM,
        lamports: None,
        data,
    };
    vec![
        owned(QUEUE, queue),
        owned(ORACLE, oracle),
        owned(address::switchboard_state(&PROGRAM), vec![0; 8]),
        owned(address::switchboard_oracle_stats(&PROGRAM, &ORACLE), vec![0; 8]),
    ]
}

/// Writes `bytes` at an offset that lies inside by the layout above.
fn put(data: &mut [u8], offset: usize, bytes: &[u8]) {
    if let Some(room) = data.get_mut(offset..offset + bytes.len()) {
        room.copy_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use client::entropy::switchboard;
    use solana_account::Account;

    fn as_account(genesis: &GenesisAccount) -> Account {
        Account {
            lamports: 1,
            data: genesis.data.clone(),
            owner: genesis.owner,
            executable: false,
            rent_epoch: 0,
        }
    }

    #[test]
    fn the_client_reads_queue_and_oracle() {
        let accounts = accounts(Some("http://127.0.0.1:8899"));
        let queue = accounts.iter().find(|account| account.address == QUEUE).unwrap();
        assert_eq!(
            switchboard::Queue::decode(&as_account(queue), &PROGRAM)
                .unwrap()
                .oracles,
            [ORACLE]
        );
        let oracle = accounts.iter().find(|account| account.address == ORACLE).unwrap();
        let read = switchboard::Oracle::decode(&as_account(oracle), &PROGRAM).unwrap();
        assert_eq!(read.gateway.as_deref(), Some("http://127.0.0.1:8899"));
    }
}
