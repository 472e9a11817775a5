// The peer "gin": gin without its logger and recovery middleware. Usage: go-gin PORT
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/gin-gonic/gin"
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
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.GET("/hello", func(c *gin.Context) {
		c.JSON(http.StatusOK, hello{12345, "hello world", "someone", []string{"a", "b", "c"}, true, 1})
	})
	log.Fatal(engine.Run("127.0.0.1:" + os.Args[1]))
}
