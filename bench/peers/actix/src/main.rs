//! The peer "actix-web": one worker, no middleware. Usage: actix-peer PORT
use actix_web::{get, web, App, HttpServer, Responder};
use serde::Serialize;

#[derive(Serialize)]
struct Hello {
    id: i32,
    title: &'static str,
    author: &'static str,
    tags: Vec<&'static str>,
    published: bool,
    n: i32,
}

#[get("/hello")]
async fn hello() -> impl Responder {
    web::Json(Hello {
        id: 12345,
        title: "hello world",
        author: "someone",
        tags: vec!["a", "b", "c"],
        published: true,
        n: 1,
    })
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::args()
        .nth(1)
        .and_then(|text| text.parse::<u16>().ok())
        .expect("usage: actix-peer PORT");
    HttpServer::new(|| App::new().service(hello))
        .workers(1)
        .bind(("127.0.0.1", port))?
        .run()
        .await
}
