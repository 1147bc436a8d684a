//! A small HTTP server, for what stands in for services.

use std::convert::Infallible;
use std::net::Ipv4Addr;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::http::response::Builder;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;

pub(crate) type Answer = Response<Full<Bytes>>;

/// What is asked, and of whom.
pub(crate) struct Asked {
    /// The server's own address.
    pub(crate) root: String,
    pub(crate) path: String,
    pub(crate) body: Bytes,
}

/// Starts a server that answers so; gives its address. It ends with the tokio runtime.
pub(crate) async fn serve(answer: fn(&Asked) -> Answer) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let root = format!("http://{}", listener.local_addr().unwrap());
    let address = root.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let root = root.clone();
            let service = service_fn(move |request: Request<Incoming>| {
                let (root, path) = (root.clone(), request.uri().path().to_owned());
                async move {
                    let body = request.into_body().collect().await.unwrap().to_bytes();
                    Ok::<_, Infallible>(answer(&Asked { root, path, body }))
                }
            });
            let connection =
                http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            tokio::spawn(connection);
        }
    });
    address
}

pub(crate) fn json(status: StatusCode, body: &Value) -> Answer {
    json_with(Response::builder().status(status), body)
}

pub(crate) fn json_with(head: Builder, body: &Value) -> Answer {
    head.header(CONTENT_TYPE, "application/json").body(Full::from(body.to_string())).unwrap()
}
