//! What the verifier does, for the live line.

/// What a step of the verifier is, for the live line.
pub fn describe(step: verifier::Progress) -> String {
    match step {
        verifier::Progress::Checkpoints { done, total } => {
            format!("simulating again: checkpoint {done} of {total}")
        }
        verifier::Progress::Signatures { done, total } => {
            format!("checking signatures: {done} of {total} moves")
        }
    }
}
