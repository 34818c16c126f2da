//! What is played: one fault, or several that overlap, each undone on its own schedule; and a seeded order of
//! such scenes.

use std::fmt;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

use super::fault::Fault;

/// Lies of which a seed plays so many by themselves; the others come with other seeds, and in overlapping
/// scenes.
const LIES: usize = 3;
/// Overlapping scenes of a seed: so many of two faults, and one of three.
const PAIRS: usize = 3;
/// How long after one fault the next begins, at most: the first is not over by then, if it lasts at all.
const NEXT_MS_MAX: u64 = 400;

/// Faults with the time after which each begins; the first at once.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Scene(pub(crate) Vec<(Duration, Fault)>);

impl Scene {
    /// One fault.
    pub(crate) fn of(fault: Fault) -> Scene {
        Scene(vec![(Duration::ZERO, fault)])
    }

    /// Several, begun one after the other, and none over before the next begins, as far as they last.
    fn overlapping(faults: Vec<Fault>, random: &mut StdRng) -> Scene {
        let mut after = Duration::ZERO;
        let faults = faults.into_iter().map(|fault| {
            let begins = after;
            after += Duration::from_millis(random.gen_range(0..=NEXT_MS_MAX));
            (begins, fault)
        });
        Scene(faults.collect())
    }

    /// What a seed plays, in its order: every kind of fault once, some of the lies, and some of all that at
    /// the same time.
    pub(crate) fn deck(seed: u64) -> Vec<Scene> {
        // Another stream than that of the faults' details.
        let mut random = StdRng::seed_from_u64(seed ^ 0x5ce7_e500);
        let (mut lies, others): (Vec<Fault>, Vec<Fault>) = Fault::all(seed)
            .into_iter()
            .partition(|fault| matches!(fault, Fault::RpcLies { .. }));
        // Dealt in turn, so that a few seeds have them all.
        let first = seed.wrapping_mul(LIES as u64) % lies.len() as u64;
        lies.rotate_left(first as usize);
        let mut deck: Vec<Scene> = others
            .iter()
            .chain(lies.iter().take(LIES))
            .cloned()
            .map(Scene::of)
            .collect();
        let mut lies_left = lies.iter().cycle().skip(LIES).cloned();
        for count in [2; PAIRS].into_iter().chain([3]) {
            let mut faults: Vec<Fault> = others.choose_multiple(&mut random, count).cloned().collect();
            // Half of them with a lie, half without.
            if random.gen() {
                faults.pop();
                faults.extend(lies_left.next());
                faults.shuffle(&mut random);
            }
            deck.push(Scene::overlapping(faults, &mut random));
        }
        deck.shuffle(&mut random);
        deck
    }

    /// The faults of it.
    pub(crate) fn faults(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter().map(|(_, fault)| fault)
    }

    /// Whether several faults overlap.
    pub(crate) fn is_overlapping(&self) -> bool {
        self.0.len() > 1
    }

    /// How long a client may wait for a tick because of it. While several things are broken nothing is
    /// promised but that each of them is overcome once all are mended.
    pub(crate) fn hole_max(&self) -> Duration {
        let holes: Duration = self.faults().map(Fault::hole_max).sum();
        match self.is_overlapping() {
            false => holes,
            true => {
                holes
                    + self
                        .0
                        .iter()
                        .map(|(after, fault)| *after + fault.time())
                        .max()
                        .unwrap_or_default()
            }
        }
    }

    /// Whether the process of this name may give up because of it.
    pub(crate) fn may_end(&self, name: &str) -> bool {
        self.faults().any(|fault| fault.may_end(name))
    }
}

/// `KillCrank { down: 4s }`, or `Overlapping [KillCrank { .. } after 0ns, ..]`.
impl fmt::Debug for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0[..] {
            [(_, only)] => write!(f, "{only:?}"),
            several => {
                write!(f, "Overlapping")?;
                let mut list = f.debug_list();
                for (after, fault) in several {
                    list.entry(&format_args!("{fault:?} after {after:?}"));
                }
                list.finish()
            }
        }
    }
}
