/** Bytes that have gone or come, of how many; undefined where nobody has said. */
export type Progress = (moved: number, of: number | undefined) => void;

/**
 * Sends bytes by PUT, and tells how far they are: fetch does not. Rejects as fetch does: TypeError where no answer
 * came, AbortError where the signal ended it.
 */
export function putBytes(
  path: string,
  body: Blob,
  {
    headers,
    signal,
    progress,
  }: { headers: Record<string, string>; signal?: AbortSignal | undefined; progress: Progress },
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    request.open("PUT", path);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => progress(loaded, total);
    request.onload = () => resolve(new Response(request.responseText, { status: request.status }));
    request.onerror = () => reject(new TypeError("the request got no answer"));
    request.onabort = () => reject(new DOMException("The upload was cancelled.", "AbortError"));
    request.onloadend = () => signal?.removeEventListener("abort", abort);
    signal?.addEventListener("abort", abort, { once: true });
    request.send(body);
    if (signal?.aborted === true) abort();
  });
}
