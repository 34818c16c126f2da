//! `/api/chain`: where the page finds the chain that its matches are on.

use std::sync::Arc;

use axum::extract::State;
use axum::Json;
use protocol::api::ChainInfo;

use crate::failure::ApiFailure;
use crate::service::Service;

/// `GET /api/chain`
pub(super) async fn chain(State(service): State<Arc<Service>>) -> Result<Json<ChainInfo>, ApiFailure> {
    let known = service.config.chain_info.clone();
    let why = "this relay was told of no chain: it shows what cranks and its database tell";
    known.map(Json).ok_or_else(|| ApiFailure::not_found(why))
}
