// The groups of routes that the system tests ask. Each file has one theme; none of it is an example of style.
#pragma once

#include <ngo/app.hpp>

namespace probe {

void add_parameters(ngo::Routes& routes);   // every kind of handler parameter
void add_results(ngo::Routes& routes);      // every kind of result
void add_files(ngo::Routes& routes);        // files and directories
void add_compression(ngo::Routes& routes);  // compressed answers and requests
void add_events(ngo::Routes& routes);       // server-sent events, streamed values
void add_bodies(ngo::Routes& routes);       // streams in and out
void add_failures(ngo::Routes& routes);     // everything that can be thrown
void add_waits(ngo::App& app);         // handlers that take their time, and what is known of them afterwards
void add_around(ngo::Routes& routes);  // middleware
void add_contents(ngo::App& app);      // proxies, cookies, forms, uploads
void add_tls(ngo::App& app);           // what TLS knows, and a call to another server
void add_metrics(ngo::Routes& routes, ngo::Metrics& metrics);
void add_modules(ngo::App& app);  // modules that depend on one another, hooks, liveness

}  // namespace probe
