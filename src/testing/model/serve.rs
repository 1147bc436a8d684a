//! The HTTP server of the mock model: routes, and answers that are not streamed.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::testing::model::reply::Outcome;
use crate::testing::model::request::ModelRequest;
use crate::testing::model::script::ModelCore;
use crate::testing::model::stream::{Cut, frames};
use crate::testing::model::wire;
use crate::testing::model::wire::Answer;

type Body = UnsyncBoxBody<Bytes, Cut>;

/// Serves until the task is aborted, which also drops every connection.
pub(super) async fn accept(listener: TcpListener, core: Arc<ModelCore>) {
    let mut connections = JoinSet::new();
    // Declared later, so dropped before the connections: a client whose connection ends finds
    // the port closed.
    let listener = listener;
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(connections.spawn(serve(stream, Arc::clone(&core)))),
                Err(error) => {
                    tracing::error!(error = ?error.to_string(), "the scripted model stopped listening; start another one");
                    return;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

fn serve(stream: TcpStream, core: Arc<ModelCore>) -> impl Future<Output = ()> + Send {
    // Without it, TCP may hold chunks back.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| answer(request, Arc::clone(&core)));
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    async move {
        if let Err(error) = connection.await {
            tracing::debug!(error = ?error.to_string(), "a connection to the scripted model failed");
        }
    }
}

async fn answer(
    request: Request<Incoming>,
    core: Arc<ModelCore>,
) -> Result<Response<Body>, Cut> {
    let path = request.uri().path();
    if request.method() == Method::GET && path.ends_with("/models") {
        return Ok(json(StatusCode::OK, wire::models()));
    }
    if request.method() != Method::POST || !path.ends_with("/chat/completions") {
        return Ok(failure(StatusCode::NOT_FOUND, "no such endpoint"));
    }
    let headers = header_pairs(request.headers());
    let body = request.into_body().collect().await.map_err(|_| Cut)?;
    match serde_json::from_slice::<Value>(&body.to_bytes()) {
        Ok(body) => complete(ModelRequest::new(body, headers), core).await,
        Err(error) => {
            Ok(failure(StatusCode::BAD_REQUEST, &format!("the body is not JSON: {error}")))
        }
    }
}

async fn complete(request: ModelRequest, core: Arc<ModelCore>) -> Result<Response<Body>, Cut> {
    let (number, reply) = core.record(&request);
    let streams = request.is_streaming();
    if reply.hold_after.is_some_and(|after| after == 0 || !streams) {
        core.released(number).await;
    }
    if !reply.delay.is_zero() {
        sleep(reply.delay).await;
    }
    if reply.cut_after.is_some_and(|after| after == 0 || !streams) {
        return Err(Cut);
    }
    match &reply.outcome {
        Outcome::Failure { status, message, retry_after } => {
            let status = StatusCode::from_u16(*status)
                .ok()
                .filter(|status| status.is_client_error() || status.is_server_error())
                .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let mut response = failure(status, message);
            if let Some(seconds) = retry_after {
                response.headers_mut().insert(RETRY_AFTER, (*seconds).into());
            }
            Ok(response)
        }
        Outcome::Completion(chunks) => {
            let answer = Answer::new(number, &request);
            if !streams {
                return Ok(json(StatusCode::OK, answer.whole(chunks)));
            }
            let chunks = chunks.clone();
            let body = StreamBody::new(frames(answer, chunks, reply, core));
            Ok(response(StatusCode::OK, "text/event-stream", body.boxed_unsync()))
        }
    }
}

fn failure(status: StatusCode, message: &str) -> Response<Body> {
    json(status, wire::failure(status.as_u16(), message))
}

fn json(status: StatusCode, text: String) -> Response<Body> {
    let body = Full::new(Bytes::from(text)).map_err(|never: Infallible| match never {});
    response(status, "application/json", body.boxed_unsync())
}

fn response(status: StatusCode, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let content_type = hyper::header::HeaderValue::from_static(content_type);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

fn header_pairs(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .collect()
}
