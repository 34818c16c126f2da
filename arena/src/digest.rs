//! Hashes that bind a match together: leaves, seeds, drip keys, beacons, checkpoint digests.
//!
//! Every preimage is stated at its function. Domain strings keep hashes of different kinds apart where their
//! preimages could otherwise be made equal.

/// 32 bytes of SHA-256.
pub type Digest = [u8; 32];

/// SHA-256 as the host of the rules provides it: a syscall on chain, a library elsewhere.
pub trait Sha256 {
    /// The SHA-256 of the concatenation of `parts`.
    fn sha256(parts: &[&[u8]]) -> Digest;
}

/// SHA-256 in software, for crank, verifier, browser and tests.
#[cfg(feature = "host")]
#[derive(Clone, Copy, Debug)]
pub struct HostSha256;

#[cfg(feature = "host")]
impl Sha256 for HostSha256 {
    fn sha256(parts: &[&[u8]]) -> Digest {
        use sha2::Digest as _;
        let mut hasher = sha2::Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        hasher.finalize().into()
    }
}

/// Most segments a checkpoint can hold (bounded by [`crate::Rules::validate`]).
pub const MAX_SEGMENTS_PER_CHECKPOINT: usize = 4;

/// `sha256(state bytes)`: what a checkpoint commits to for each segment.
pub fn leaf<H: Sha256>(state: &[u8]) -> Digest {
    H::sha256(&[state])
}

/// `sha256("aurelius:seed" ‖ match account ‖ randomness value)`: the seed of a match.
pub fn match_seed<H: Sha256>(match_key: &[u8; 32], value: &[u8; 32]) -> Digest {
    H::sha256(&[b"aurelius:seed", match_key, value])
}

/// `sha256("aurelius:beacon" ‖ drip key ‖ beacon)`: what the operator fixed before anybody entered, mixed with a hash
/// of the chain that nobody knew then. Stands for both in everything below.
pub fn mixed_key<H: Sha256>(drip: &Digest, beacon: &Digest) -> Digest {
    H::sha256(&[b"aurelius:beacon", drip, beacon])
}

/// `sha256(seed ‖ mixed key)`: the key of all ticks of one checkpoint.
pub fn checkpoint_key<H: Sha256>(seed: &Digest, mixed: &Digest) -> Digest {
    H::sha256(&[seed, mixed])
}

/// `sha256(key)`: the parent of drip key `i + 1` is drip key `i`; the root was posted before entries opened.
pub fn drip_parent<H: Sha256>(key: &Digest) -> Digest {
    H::sha256(&[key])
}

/// `sha256("aurelius:checkpoint" ‖ index u32 le ‖ previous leaf ‖ mixed key ‖ (inputs hash ‖ leaf)*)`.
///
/// `segments` holds `(sha256(packed inputs), leaf)` of each segment in order. This one preimage shows all that a proof
/// about any of its segments needs. At most [`MAX_SEGMENTS_PER_CHECKPOINT`] segments enter the hash, which is what
/// the rules allow.
pub fn checkpoint_digest<H: Sha256>(
    index: u32,
    prev_leaf: &Digest,
    mixed: &Digest,
    segments: &[(Digest, Digest)],
) -> Digest {
    let index = index.to_le_bytes();
    let mut parts: [&[u8]; 4 + 2 * MAX_SEGMENTS_PER_CHECKPOINT] = [&[]; 4 + 2 * MAX_SEGMENTS_PER_CHECKPOINT];
    parts[0] = b"aurelius:checkpoint";
    parts[1] = &index;
    parts[2] = prev_leaf;
    parts[3] = mixed;
    let mut count = 4;
    for (inputs, leaf) in segments.iter().take(MAX_SEGMENTS_PER_CHECKPOINT) {
        parts[count] = inputs;
        parts[count + 1] = leaf;
        count += 2;
    }
    H::sha256(parts.get(..count).unwrap_or(&parts))
}

/// First bytes of [`cosign_message`]: no input of a match and no other signed text begins with them.
pub const COSIGN_DOMAIN: &[u8; 16] = b"aurelius:cosign:";
/// Bytes of [`cosign_message`].
pub const COSIGN_MESSAGE_LEN: usize = 48;

/// What a player's session key signs to agree with a result:
/// `"aurelius:cosign:" ‖ sha256(cluster ‖ program ‖ match account ‖ final leaf ‖ last slot u64 le)`.
///
/// `cluster` is the genesis hash of the chain, `expires_slot` the last slot in which the signature counts.
pub fn cosign_message<H: Sha256>(
    cluster: &[u8; 32],
    program: &[u8; 32],
    match_key: &[u8; 32],
    final_leaf: &Digest,
    expires_slot: u64,
) -> [u8; COSIGN_MESSAGE_LEN] {
    let digest = H::sha256(&[
        cluster,
        program,
        match_key,
        final_leaf,
        &expires_slot.to_le_bytes(),
    ]);
    let mut message = [0; COSIGN_MESSAGE_LEN];
    message[..COSIGN_DOMAIN.len()].copy_from_slice(COSIGN_DOMAIN);
    message[COSIGN_DOMAIN.len()..].copy_from_slice(&digest);
    message
}
