//! Records as JSON: one object a line, all fields at its top.
//!
//! `timestamp`, `level`, `target` and `message` come first; then the fields of the spans around the record,
//! the outermost first, and the record's own, which win where a name occurs twice. `span` names the innermost
//! span. So `match_key` is found at the same place whether the record itself or the work around it knows the
//! match.

use std::fmt;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

/// The format. Fields of spans must be formatted as JSON.
pub(super) struct Flat;

impl<S, N> FormatEvent<S, N> for Flat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut timestamp = String::new();
        SystemTime.format_time(&mut Writer::new(&mut timestamp))?;
        let mut fields = Map::new();
        for span in context
            .event_scope()
            .into_iter()
            .flat_map(|scope| scope.from_root())
        {
            let extensions = span.extensions();
            if let Some(formatted) = extensions.get::<FormattedFields<N>>() {
                if let Ok(Value::Object(of_span)) = serde_json::from_str(formatted) {
                    fields.extend(of_span);
                }
            }
            fields.insert("span".to_owned(), span.name().into());
        }
        event.record(&mut Fields(&mut fields));
        let message = fields.remove("message").unwrap_or_default();
        let metadata = event.metadata();
        // The usual ones first, for people who read it after all.
        write!(
            writer,
            "{{\"timestamp\":{},\"level\":\"{}\",\"target\":{},\"message\":{message}",
            Value::from(timestamp),
            metadata.level(),
            Value::from(metadata.target()),
        )?;
        for (name, value) in fields {
            if !["timestamp", "level", "target"].contains(&name.as_str()) {
                write!(writer, ",{}:{value}", Value::from(name))?;
            }
        }
        writeln!(writer, "}}")
    }
}

/// Collects a record's own fields.
struct Fields<'a>(&'a mut Map<String, Value>);

impl Fields<'_> {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let mut text = value.to_string();
        let mut source = value.source();
        while let Some(cause) = source {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        self.put(field, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::fmt::format::JsonFields;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn fields_of_spans_and_records_stand_side_by_side() {
        let written = Written::default();
        let sink = written.clone();
        let subscriber = tracing_subscriber::fmt()
            .fmt_fields(JsonFields::new())
            .event_format(Flat)
            .with_writer(move || sink.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            let outer = tracing::info_span!("match", match_key = "abc", player = "outer");
            let _outer = outer.enter();
            let inner = tracing::info_span!("session", player = %"wallet \"1\"");
            let _inner = inner.enter();
            let error = std::io::Error::other("gone");
            tracing::warn!(
                tick = 7,
                error = &error as &dyn std::error::Error,
                "a \"quoted\"\nmessage"
            );
            tracing::info!(player = "own");
        });
        let bytes = written.0.lock().unwrap().clone();
        let lines: Vec<Value> = String::from_utf8(bytes)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let [first, second] = lines.as_slice() else {
            panic!("{lines:?}")
        };
        for (name, expected) in [
            ("level", Value::from("WARN")),
            ("message", Value::from("a \"quoted\"\nmessage")),
            ("match_key", Value::from("abc")),
            ("player", Value::from("wallet \"1\"")),
            ("span", Value::from("session")),
            ("tick", Value::from(7)),
            ("error", Value::from("gone")),
        ] {
            assert_eq!(first[name], expected, "{first}");
        }
        assert_eq!(
            (&second["player"], &second["message"]),
            (&Value::from("own"), &Value::Null)
        );
        assert!(first["timestamp"].as_str().unwrap().ends_with('Z'), "{first}");
    }
}
