// Reading labels with the camera of a phone, where the browser can: the button appears only there.
document.addEventListener("DOMContentLoaded", async () => {
    const button = document.getElementById("desk-camera");
    const view = document.getElementById("desk-view");
    const video = view?.querySelector("video");
    if (!button || !("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) {
        return;
    }
    const known = await BarcodeDetector.getSupportedFormats();
    const formats = ["qr_code", "code_128"].filter((format) => known.includes(format));
    if (!formats.length) {
        return;
    }
    const detector = new BarcodeDetector({ formats });
    let stream = null;

    function stop() {
        stream?.getTracks().forEach((track) => track.stop());
        stream = null;
    }

    async function look() {
        while (stream) {
            const found = await detector.detect(video).catch(() => []);
            const text = found[0]?.rawValue;
            if (text && stream) {
                view.close();
                document.dispatchEvent(new CustomEvent("desk:scanned", { detail: text }));
                return;
            }
            await new Promise((ready) => setTimeout(ready, 150));
        }
    }

    button.addEventListener("click", async () => {
        try {
            stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
        } catch {
            // Refused, or there is none: the field does as well.
            button.hidden = true;
            return;
        }
        video.srcObject = stream;
        view.showModal();
        await video.play();
        look();
    });
    view.addEventListener("close", stop);
    button.hidden = false;
});
