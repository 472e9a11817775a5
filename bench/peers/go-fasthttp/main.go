// The peer "fasthttp": fasthttp without a router. Usage: go-fasthttp PORT
package main

import (
	"encoding/json"
	"log"
	"os"

	"github.com/valyala/fasthttp"
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
	log.Fatal(fasthttp.ListenAndServe("127.0.0.1:"+os.Args[1], func(ctx *fasthttp.RequestCtx) {
		if string(ctx.Path()) != "/hello" {
			ctx.SetStatusCode(fasthttp.StatusNotFound)
			return
		}
		body, err := json.Marshal(hello{12345, "hello world", "someone", []string{"a", "b", "c"}, true, 1})
		if err != nil {
			ctx.Error(err.Error(), fasthttp.StatusInternalServerError)
			return
		}
		ctx.SetContentType("application/json")
		ctx.SetBody(body)
	}))
}
