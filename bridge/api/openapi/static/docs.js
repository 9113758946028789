"use strict";

// Swagger UI shows an answer when it has ended, and the stream of events never ends: ask for the page of events.
const withoutStream = (request) => {
  delete request.headers.accept;
  request.headers.Accept = "application/json";
  return request;
};

SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#api",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  persistAuthorization: false,
  requestInterceptor: withoutStream,
  validatorUrl: null,
});
