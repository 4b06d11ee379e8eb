/// Pixels of 1 or 3 channels with values 0 ... 1, whose colours are changed in place; as torchvision's `adjust_…`.
struct Colors {
    let pixels: UnsafeMutablePointer<Float>

    /// The number of pixels.
    let count: Int
    let channels: Int

    /// Multiplies all values.
    func adjustBrightness(_ factor: Float) {
        for index in 0..<count * channels { pixels[index] = clamp(pixels[index] * factor) }
    }

    /// Moves all values away from the mean of the grey image, or towards it.
    func adjustContrast(_ factor: Float) {
        var sum = 0.0
        for pixel in 0..<count { sum += Double(luminance(pixel)) }
        let mean = Float(sum / Double(count))
        for index in 0..<count * channels { pixels[index] = clamp(mean + factor * (pixels[index] - mean)) }
    }

    /// Moves each pixel away from its grey, or towards it.
    func adjustSaturation(_ factor: Float) {
        guard channels == 3 else { return }
        for pixel in 0..<count {
            let grey = luminance(pixel)
            for index in 3 * pixel..<3 * pixel + 3 { pixels[index] = clamp(grey + factor * (pixels[index] - grey)) }
        }
    }

    /// Turns each pixel's hue in the HSV model, in which red, green and blue lie a third of the circle apart.
    func adjustHue(_ turn: Float) {
        guard channels == 3 else { return }
        for pixel in 0..<count {
            let rgb = pixels + 3 * pixel
            let (red, green, blue) = (rgb[0], rgb[1], rgb[2])
            let value = max(red, green, blue)
            let chroma = value - min(red, green, blue)
            guard chroma > 0 else { continue }
            // In sixths of the circle.
            var hue: Float =
                if value == red { (green - blue) / chroma } else if value == green { 2 + (blue - red) / chroma } else {
                    4 + (red - green) / chroma
                }
            hue += 6 * turn
            for (channel, offset) in [5, 3, 1].enumerated() {
                // Smith, "Color gamut transform pairs", 1978, in the form f(n) = V - C max(0, min(k, 4 - k, 1)).
                var k = hue + Float(offset)
                k -= 6 * (k / 6).rounded(.down)
                rgb[channel] = clamp(value - chroma * max(0, min(k, 4 - k, 1)))
            }
        }
    }

    /// The grey of a pixel by ITU-R BT.601.
    private func luminance(_ pixel: Int) -> Float {
        guard channels == 3 else { return pixels[pixel] }
        let rgb = pixels + 3 * pixel
        return 0.2989 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]
    }

    private func clamp(_ value: Float) -> Float { min(max(value, 0), 1) }
}
