//! What a flag of the command line is as a setting.

use clap::{Arg, ArgAction};

/// What the numbered environment variables of a setting begin with, which clap does not know of:
/// `REDIS_HOST_1` and so on.
pub(super) fn numbered_variables(long: &str) -> Option<&'static str> {
    (long == "redis").then_some("REDIS_HOST_")
}

/// Whether variables that clap does not know of give this setting.
pub(super) fn is_in_environment(long: &str) -> bool {
    let Some(start) = numbered_variables(long) else {
        return false;
    };
    std::env::vars_os().any(|(name, value)| {
        let number = name.to_str().and_then(|name| name.strip_prefix(start));
        number.is_some_and(|number| number.parse::<u16>().is_ok()) && !value.is_empty()
    })
}

/// Whether a file may set it, and the reference lists it.
pub(super) fn is_setting(flag: &Arg) -> bool {
    let named = flag.get_long().is_some_and(|long| long != "config");
    let sets = matches!(
        flag.get_action(),
        ArgAction::Set | ArgAction::Append | ArgAction::SetTrue | ArgAction::SetFalse
    );
    named && sets && !flag.is_hide_set()
}

/// Whether it takes more than one value.
pub(super) fn is_repeatable(flag: &Arg) -> bool {
    matches!(flag.get_action(), ArgAction::Append)
}
