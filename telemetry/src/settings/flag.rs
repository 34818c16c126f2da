//! What a flag of the command line is as a setting.

use std::any::TypeId;

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

/// What a parser had against a value, without the name of the flag it was tried with.
pub(super) fn reason(error: &clap::Error, text: &str) -> String {
    use clap::error::{ContextKind, ContextValue};
    use std::error::Error;
    if let Some(source) = error.source() {
        return format!("is `{text}`: {source}");
    }
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(valid)) if !valid.is_empty() => {
            format!("is `{text}`, and must be one of {}", valid.join(", "))
        }
        _ => format!("is `{text}`, which is not valid"),
    }
}

/// A right value for this flag, as a file would hold it.
pub(super) fn example_of(flag: &Arg) -> String {
    if !flag.get_action().takes_values() {
        return "true".to_owned();
    }
    let default = flag.get_default_values().first().and_then(|value| value.to_str());
    let name = flag
        .get_value_names()
        .and_then(|names| names.first())
        .map_or("VALUE", |name| name.as_str());
    match (is_number(flag), default) {
        (true, Some(number)) => number.to_owned(),
        (true, None) if name == "PORT" => "8080".to_owned(),
        (true, None) => "1".to_owned(),
        (false, text) => format!("\"{}\"", text.unwrap_or(name)),
    }
}

/// Whether its values are whole numbers.
pub(super) fn is_number(flag: &Arg) -> bool {
    let parser = flag.get_value_parser().type_id();
    parser == TypeId::of::<u8>()
        || parser == TypeId::of::<u16>()
        || parser == TypeId::of::<u32>()
        || parser == TypeId::of::<u64>()
}
