// Go's net/http as a server that our client asks: /hello, /chunks, /gone, and everything else is sent back. Says its port.
// With a certificate and its key it speaks TLS, and HTTP/2; with "h2c" that in plain text.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

var cancelled, connections atomic.Int64

func main() {
	http.HandleFunc("/hello", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") })
	http.HandleFunc("/gone", func(w http.ResponseWriter, r *http.Request) { http.Error(w, "gone", http.StatusGone) })
	http.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/hello", http.StatusFound) })
	http.HandleFunc("/chunks", func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i < 100; i++ {
			fmt.Fprintf(w, "%d\n", i)
			w.(http.Flusher).Flush()
		}
	})
	http.HandleFunc("/trailers", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Trailer", "X-Size")
		w.Write(body)
		w.Header().Set("X-Size", fmt.Sprint(len(body), " ", r.Trailer.Get("X-Last")))
	})
	http.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
			cancelled.Add(1)
		case <-time.After(time.Minute):
		}
	})
	http.HandleFunc("/cancelled", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, cancelled.Load()) })
	http.HandleFunc("/connections", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, connections.Load()) })
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), 400)
			return
		}
		w.Write(body)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	server := &http.Server{ConnState: func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}}
	if len(os.Args) == 3 {
		log.Fatal(server.ServeTLS(listener, os.Args[1], os.Args[2]))
	}
	if len(os.Args) == 2 && os.Args[1] == "h2c" {
		allowPlainHTTP2(server)
	}
	log.Fatal(server.Serve(listener))
}
