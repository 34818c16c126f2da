//! `/api/replays`, the index, and `/api/matches/{match}/replay`, the replay file of a match that is over:
//! from the folder of the crank on this machine, or else from the database, where cranks keep files for
//! relays elsewhere.

use std::convert::Infallible;
use std::path::{Component, Path as FilePath};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::Json;
use bytes::Bytes;
use protocol::api::ReplayList;
use protocol::MatchKey;
use store::Page;
use tower::ServiceExt;
use tower_http::services::ServeFile;

use super::archive;
use super::query::{cut, key, limit, only, path_key, Parameters};
use crate::failure::ApiFailure;
use crate::service::Service;

/// A replay out of the database is sent in parts of this size.
const PART_BYTES: usize = 64 * 1024;

/// `GET /api/replays?limit=&before=`
pub(super) async fn list(
    State(service): State<Arc<Service>>,
    Query(parameters): Query<Parameters>,
) -> Result<Json<ReplayList>, ApiFailure> {
    only(&parameters, &["limit", "before"])?;
    let limit = limit(&parameters)?;
    let before: Option<MatchKey> = key(&parameters, "before")?;
    let page = Page {
        before: before.map(|before| before.0),
        limit: limit + 1,
    };
    let mut rows = service.store.history.replays(&page).await?;
    let has_more = cut(&mut rows, limit);
    let next = rows
        .last()
        .filter(|_| has_more)
        .map(|row| MatchKey(row.match_key));
    Ok(Json(ReplayList {
        replays: rows.iter().map(archive::replay).collect(),
        next,
    }))
}

/// `GET /api/matches/{match}/replay`
pub(super) async fn download(
    State(service): State<Arc<Service>>,
    Path(text): Path<String>,
    request: Request,
) -> Result<Response, ApiFailure> {
    let key: MatchKey = path_key("match", &text)?;
    let response = match from_folder(&service, &key, request).await? {
        Some(response) => Some(response),
        None => from_database(&service, &key).await?,
    };
    let mut response = response.ok_or_else(|| {
        ApiFailure::not_found(format!(
            "no replay of match {key} yet; it is written when the match is over"
        ))
    })?;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{key}.replay\"")) {
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
    Ok(response)
}

/// The file of a crank on this machine, if it is one of that.
async fn from_folder(
    service: &Service,
    key: &MatchKey,
    request: Request,
) -> Result<Option<Response>, ApiFailure> {
    let Some(folder) = &service.config.replay_dir else {
        return Ok(None);
    };
    let Some(name) = service.store.history.replay_file(&key.0).await? else {
        return Ok(None);
    };
    if !is_plain_name(&name) {
        tracing::error!(match_key = %key, name, "history names a replay file outside its folder");
        return Ok(None);
    }
    match ServeFile::new(folder.join(&name)).oneshot(request).await {
        Ok(response) if response.status() == StatusCode::NOT_FOUND => Ok(None),
        Ok(response) => Ok(Some(response.into_response())),
        Err(never) => match never {},
    }
}

/// What cranks elsewhere kept. Whole, at most 16 MiB, and so many at once.
async fn from_database(service: &Service, key: &MatchKey) -> Result<Option<Response>, ApiFailure> {
    let busy = |_| {
        ApiFailure::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too many replays are downloaded at the moment: try again",
        )
    };
    let place = service.stored_replays.clone().try_acquire_owned().map_err(busy)?;
    let Some(file) = service.store.history.replay(&key.0).await? else {
        return Ok(None);
    };
    let mut rest = Bytes::from(file);
    let length = rest.len();
    // The place is kept until the last part was sent, or the client is gone.
    let parts = std::iter::from_fn(move || {
        let _place = &place;
        let part = rest.split_to(rest.len().min(PART_BYTES));
        (!part.is_empty()).then_some(Ok::<_, Infallible>(part))
    });
    let body = Body::from_stream(futures_util::stream::iter(parts));
    Ok(Some(([(CONTENT_LENGTH, length)], body).into_response()))
}

/// One part, no way up or out.
fn is_plain_name(name: &str) -> bool {
    let mut parts = FilePath::new(name).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None))
}

#[cfg(test)]
mod tests {
    use super::is_plain_name;

    #[test]
    fn names_stay_in_their_folder() {
        assert!(is_plain_name("a.replay"));
        for name in ["", "..", "/etc/passwd", "../a", "a/b", "a/../b"] {
            assert!(!is_plain_name(name), "{name}");
        }
    }
}
