//! A configuration file: read, checked key by key against the command line, and put under it as defaults.

use std::collections::BTreeMap;
use std::path::Path;

use clap::{Arg, Command};
use toml::{Table, Value};

use super::flag::{example_of, is_in_environment, is_number, is_repeatable, is_setting, reason};
use crate::ConfigError;

/// Largest file that is read.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// A file whose keys, types and values are all right for the command line it was checked against.
pub(super) struct File {
    /// For every command that has the flag.
    common: Values,
    /// For one command and its subcommands.
    tables: BTreeMap<String, Values>,
}

/// The values of each flag, by its long name; several only for a flag that may be repeated.
type Values = BTreeMap<String, Vec<String>>;

impl File {
    /// Reads and checks it. Errors name the file and the key, and the nearest right key.
    pub(super) fn read(path: &Path, command: &Command) -> Result<File, ConfigError> {
        let document = document(path)?;
        let everywhere = flags_of(command);
        let mut file = File {
            common: Values::new(),
            tables: BTreeMap::new(),
        };
        for (key, value) in &document {
            let Value::Table(table) = value else {
                let place = Place {
                    path,
                    table: None,
                    key,
                };
                if let Some(values) = place.check(value, &everywhere, command)? {
                    file.common.insert(key.clone(), values);
                }
                continue;
            };
            let Some(sub) = command.find_subcommand(key) else {
                return Err(unknown_table(path, key, command));
            };
            let mut flags = flags_of(sub);
            flags.extend(command.get_arguments().filter(|flag| flag.is_global_set()));
            let values = file.tables.entry(key.clone()).or_default();
            for (key, value) in table {
                let place = Place {
                    path,
                    table: Some(sub.get_name()),
                    key,
                };
                if let Some(checked) = place.check(value, &flags, command)? {
                    values.insert(key.clone(), checked);
                }
            }
        }
        Ok(file)
    }

    /// The command line with this file's values as defaults of the command called `names`, such as `operator
    /// status`.
    pub(super) fn apply(&self, command: Command, names: &[String]) -> Result<Command, ConfigError> {
        let mut values = self.common.clone();
        if let Some(table) = names.first().and_then(|name| self.tables.get(name)) {
            // What is said for the command alone counts more than what is said for all.
            values.extend(table.clone());
        }
        Ok(put(command, names, &values))
    }
}

/// Gives the values to the flags of a command, and of its subcommand called `names`.
fn put(command: Command, names: &[String], values: &Values) -> Command {
    let command = command.mut_args(|flag| {
        let Some(values) = flag.get_long().and_then(|long| values.get(long)) else {
            return flag;
        };
        if flag.get_long().is_some_and(is_in_environment) {
            return flag;
        }
        let hidden = flag.is_hide_env_values_set();
        flag.required(false)
            .hide_default_value(hidden)
            .default_values(values.clone())
    });
    match names.split_first() {
        Some((first, rest)) if command.find_subcommand(first).is_some() => {
            command.mut_subcommand(first, |sub| put(sub, rest, values))
        }
        _ => command,
    }
}

fn document(path: &Path) -> Result<Table, ConfigError> {
    let wrong = |problem: String| {
        ConfigError::new(
            "AURELIUS_CONFIG (or --config)",
            format!("names {}, which {problem}", path.display()),
            "AURELIUS_CONFIG=aurelius.toml, with lines such as log-level = \"info\"",
        )
    };
    let unreadable = |error: std::io::Error| wrong(format!("cannot be read: {error}"));
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > FILE_BYTES_MAX {
        return Err(wrong(format!("has {size} bytes, more than {FILE_BYTES_MAX}")));
    }
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    text.parse::<Table>().map_err(|error| {
        // The message alone: the whole error shows the line, which may hold a secret.
        let line = error.span().map_or(1, |span| {
            text.get(..span.start).map_or(1, |before| {
                before.bytes().filter(|byte| *byte == b'\n').count() + 1
            })
        });
        wrong(format!(
            "is not TOML: line {line}: {}",
            error.message().trim().replace('\n', " ")
        ))
    })
}

/// All flags of a command and the commands below it that a file may set.
fn flags_of(command: &Command) -> Vec<&Arg> {
    let own = command.get_arguments().filter(|flag| is_setting(flag));
    own.chain(command.get_subcommands().flat_map(flags_of)).collect()
}

/// A key of a file.
struct Place<'a> {
    path: &'a Path,
    table: Option<&'a str>,
    key: &'a str,
}

impl Place<'_> {
    /// The values as the flag's own parser takes them; none for a switch that stays off.
    fn check(
        &self,
        value: &Value,
        flags: &[&Arg],
        command: &Command,
    ) -> Result<Option<Vec<String>>, ConfigError> {
        let alike: Vec<&&Arg> = flags
            .iter()
            .filter(|flag| flag.get_long() == Some(self.key))
            .collect();
        let Some(flag) = alike.first() else {
            return Err(self.unknown(flags, command));
        };
        let values = self.texts(value, flag)?;
        // The same flag may mean something else in another command: one of them has to take the value.
        let mut refused = None;
        for flag in &alike {
            match values
                .iter()
                .flatten()
                .try_for_each(|text| self.parse(flag, text))
            {
                Ok(()) => return Ok(values),
                Err(error) => refused = Some(error),
            }
        }
        refused.map_or(Ok(values), Err)
    }

    /// The value as it would be written behind the flag.
    fn texts(&self, value: &Value, flag: &Arg) -> Result<Option<Vec<String>>, ConfigError> {
        let is_switch = !flag.get_action().takes_values();
        let one = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Integer(number) => Some(number.to_string()),
            Value::Float(number) => Some(number.to_string()),
            _ => None,
        };
        match value {
            Value::Boolean(on) if is_switch => Ok(on.then(|| vec!["true".to_owned()])),
            _ if is_switch => Err(self.wrong_type(flag, "true or false", value)),
            Value::Array(items) if is_repeatable(flag) => items
                .iter()
                .map(|item| one(item).ok_or_else(|| self.wrong_type(flag, "texts or numbers", item)))
                .collect::<Result<_, _>>()
                .map(Some),
            _ => {
                let text = one(value).ok_or_else(|| {
                    let expected = match (is_repeatable(flag), is_number(flag)) {
                        (true, _) => "a text, a number or an array of them",
                        (false, true) => "a number",
                        (false, false) => "a text or a number",
                    };
                    self.wrong_type(flag, expected, value)
                })?;
                Ok(Some(match flag.get_value_delimiter() {
                    Some(delimiter) => text.split(delimiter).map(str::to_owned).collect(),
                    None => vec![text],
                }))
            }
        }
    }

    /// Lets the flag's parser judge the text.
    fn parse(&self, flag: &Arg, text: &str) -> Result<(), ConfigError> {
        if !flag.get_action().takes_values() {
            return Ok(());
        }
        let alone = Arg::new("value")
            .long("value")
            .value_parser(flag.get_value_parser().clone());
        let attempt = Command::new("check")
            .no_binary_name(true)
            .arg(alone)
            .try_get_matches_from([format!("--value={text}")]);
        let Err(error) = attempt else { return Ok(()) };
        let problem = if flag.is_hide_env_values_set() {
            "is wrong (its value is not shown)".to_owned()
        } else {
            reason(&error, text)
        };
        Err(ConfigError::new(self.name(), problem, self.example(flag)))
    }

    fn wrong_type(&self, flag: &Arg, expected: &str, found: &Value) -> ConfigError {
        ConfigError::new(
            self.name(),
            format!("must be {expected} and is of the type {}", found.type_str()),
            self.example(flag),
        )
    }

    fn unknown(&self, flags: &[&Arg], command: &Command) -> ConfigError {
        let of = match self.table {
            Some(table) => format!("`aurelius {table}`"),
            None => "any command".to_owned(),
        };
        let nearest = flags
            .iter()
            .filter_map(|flag| Some((distance(self.key, flag.get_long()?), *flag)))
            .min_by_key(|(distance, _)| *distance);
        let Some((_, flag)) = nearest else {
            return ConfigError::new(
                self.name(),
                format!("is no setting: {of} has none"),
                "no such line",
            );
        };
        let mut problem = format!(
            "is no setting of {of}; the nearest is `{}`",
            flag.get_long().unwrap_or_default()
        );
        let elsewhere = owners(command, self.key);
        if !elsewhere.is_empty() {
            problem.push_str(&format!(
                ", and `{}` is one of `aurelius {}`",
                self.key,
                elsewhere.join("` and `aurelius ")
            ));
        }
        ConfigError::new(self.name(), problem, self.example(flag))
    }

    fn name(&self) -> String {
        let table = self.table.map(|table| format!("{table}.")).unwrap_or_default();
        format!("{}: `{table}{}`", self.path.display(), self.key)
    }

    /// A right line for this flag in this table.
    fn example(&self, flag: &Arg) -> String {
        let table = self.table.map(|table| format!("{table}.")).unwrap_or_default();
        let long = flag.get_long().unwrap_or_default();
        format!("{table}{long} = {}", example_of(flag))
    }
}

/// The commands that have this flag.
fn owners(command: &Command, key: &str) -> Vec<String> {
    command
        .get_subcommands()
        .filter(|sub| flags_of(sub).iter().any(|flag| flag.get_long() == Some(key)))
        .map(|sub| sub.get_name().to_owned())
        .collect()
}

fn unknown_table(path: &Path, key: &str, command: &Command) -> ConfigError {
    let nearest = command
        .get_subcommands()
        .map(|sub| sub.get_name())
        .min_by_key(|name| distance(key, name))
        .unwrap_or_default();
    ConfigError::new(
        format!("{}: `[{key}]`", path.display()),
        format!("is no command; the nearest is `[{nearest}]`"),
        format!("[{nearest}]"),
    )
}

/// Letters to insert, remove or replace to turn one name into the other; `_` and case count for nothing.
fn distance(from: &str, to: &str) -> usize {
    let plain = |name: &str| name.to_lowercase().replace('_', "-");
    strsim::levenshtein(&plain(from), &plain(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_edits() {
        for (from, to, edits) in [
            ("port", "port", 0),
            ("prot", "port", 2),
            ("log_level", "log-level", 0),
            ("loglevel", "log-level", 1),
            ("", "abc", 3),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(from, to), edits, "{from} {to}");
        }
    }
}
