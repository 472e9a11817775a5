// A service in Go with OpenTelemetry's own instrumentation: /hop?to=URL calls that URL; it answers with its trace id and what
// came back. The arguments are the propagators, in their order. Says its port, then a line of JSON for each span that ended.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/contrib/propagators/b3"
	"go.opentelemetry.io/contrib/propagators/jaeger"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

type printer struct{ lock sync.Mutex }

func (p *printer) ExportSpans(_ context.Context, spans []sdk.ReadOnlySpan) error {
	p.lock.Lock()
	defer p.lock.Unlock()
	for _, span := range spans {
		line, _ := json.Marshal(map[string]string{
			"name": span.Name(), "kind": span.SpanKind().String(), "trace": span.SpanContext().TraceID().String(),
			"span": span.SpanContext().SpanID().String(), "parent": span.Parent().SpanID().String(),
			"state": span.SpanContext().TraceState().String()})
		fmt.Println(string(line))
	}
	return nil
}

func (p *printer) Shutdown(context.Context) error { return nil }

func main() {
	known := map[string]propagation.TextMapPropagator{
		"tracecontext": propagation.TraceContext{}, "baggage": propagation.Baggage{},
		"b3": b3.New(b3.WithInjectEncoding(b3.B3SingleHeader)), "b3multi": b3.New(b3.WithInjectEncoding(b3.B3MultipleHeader)),
		"jaeger": jaeger.Jaeger{}}
	var wanted []propagation.TextMapPropagator
	for _, name := range os.Args[1:] {
		wanted = append(wanted, known[name])
	}
	otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator(wanted...))
	otel.SetTracerProvider(sdk.NewTracerProvider(sdk.WithSyncer(&printer{}),
		sdk.WithSampler(sdk.ParentBased(sdk.AlwaysSample()))))
	client := http.Client{Transport: otelhttp.NewTransport(http.DefaultTransport)}
	hop := func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s", trace.SpanContextFromContext(r.Context()).TraceID())
		if user := baggage.FromContext(r.Context()).Member("user").Value(); user != "" {
			fmt.Fprintf(w, "\nuser=%s", user)
		}
		for _, url := range r.URL.Query()["to"] {
			request, _ := http.NewRequestWithContext(r.Context(), "GET", url, nil)
			answer, err := client.Do(request)
			if err != nil {
				http.Error(w, err.Error(), 502)
				return
			}
			body, _ := io.ReadAll(answer.Body)
			answer.Body.Close()
			fmt.Fprintf(w, "\n%s", body)
		}
	}
	http.Handle("/hop", otelhttp.NewHandler(http.HandlerFunc(hop), "hop"))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(http.Serve(listener, nil))
}
