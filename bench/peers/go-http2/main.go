// The peer "go-http2": Go's standard server with HTTP/2 without TLS. Usage: go-http2 PORT
package main

import (
	"encoding/json"
	"log"
	"net/http"
	"os"
)

type hello struct {
	ID        int      `json:"id"`
	Title     string   `json:"title"`
	Author    string   `json:"author"`
	Tags      []string `json:"tags"`
	Published bool     `json:"published"`
	N         int      `json:"n"`
}

func main() {
	http.HandleFunc("GET /hello", func(w http.ResponseWriter, r *http.Request) {
		body, err := json.Marshal(hello{12345, "hello world", "someone", []string{"a", "b", "c"}, true, 1})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Write(body)
	})
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{Addr: "127.0.0.1:" + os.Args[1], Protocols: protocols}
	log.Fatal(server.ListenAndServe())
}
